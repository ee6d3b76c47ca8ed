//! Saving a file publishes; a broken one leaves the former release live and is told on `/readyz`.

use serde_json::{Value, json};

use crate::serving::{Client, Shop, rules_with};

const BROKEN: &str = "slot home_hero {\n  if contry is \"DE\" show german_hero\n}\n";

fn sees(number: usize) -> impl Fn(&Client) -> bool {
    move |client| client.decide("DE")["because"] == format!("edit {number}")
}

fn folder(client: &Client) -> Value {
    client.get("/readyz").json()["folder"].clone()
}

#[test]
fn a_save_in_place_and_a_save_by_renaming_are_both_published() {
    let shop = Shop::new();
    let served = shop.serve();
    shop.write("rules/home.rules", &rules_with(1));
    served.client.until("the save in place", sees(1));
    shop.replace("rules/home.rules", &rules_with(2));
    served.client.until("the save by renaming", sees(2));
    let listed = served.client.get("/v1/releases").json();
    assert_eq!(listed["releases"][0]["author"], "folder");
    assert_eq!(folder(&served.client), json!({"state": "published", "release": listed["releases"][0]["release"]}));
}

#[test]
fn a_broken_save_leaves_the_former_release_live_and_says_so() {
    let shop = Shop::new();
    shop.write("rules/home.rules", &rules_with(1));
    let served = shop.serve();
    let release = served.client.releases().remove(0);
    shop.write("rules/home.rules", BROKEN);
    served.client.until("the broken save", |client| folder(client)["state"] == "broken");
    let ready = served.client.get("/readyz");
    assert_eq!((ready.status, &ready.json()["release"]), (200, &json!(release)));
    assert_eq!(folder(&served.client)["errors"], 1, "{}", ready.text);
    assert_eq!(folder(&served.client)["rules"], json!(shop.path("rules")));
    assert!(sees(1)(&served.client));
    assert_eq!(served.client.releases().len(), 1);
    assert!(served.client.get("/metrics").text.contains("segue_folder_broken 1"));

    // As it was: nothing new, all is well. Then something new.
    shop.write("rules/home.rules", &rules_with(1));
    served.client.until("the mended save", |client| folder(client)["state"] == "published");
    assert_eq!(served.client.releases().len(), 1);
    shop.write("rules/home.rules", &rules_with(2));
    served.client.until("the next save", sees(2));
}

#[test]
fn after_a_restart_the_active_release_serves_though_the_folder_is_broken() {
    let shop = Shop::new();
    shop.write("rules/home.rules", &rules_with(1));
    drop(shop.serve());
    shop.write("rules/home.rules", BROKEN);
    let served = shop.serve();
    assert!(sees(1)(&served.client));
    let ready = served.client.get("/readyz");
    assert_eq!((ready.status, &ready.json()["folder"]["state"]), (200, &json!("broken")));
    std::fs::remove_dir_all(shop.path("rules")).unwrap();
    served.client.until("the deletion", |client| folder(client)["state"] == "unreadable");
    assert_eq!(served.client.get("/readyz").status, 200);
}

#[test]
fn with_nothing_to_serve_the_server_waits_for_a_release() {
    let shop = Shop::empty();
    shop.write("rules/home.rules", BROKEN);
    let served = shop.serve();
    let body = json!({"visitor": {"id": "v1"}});
    let reply = served.client.post("/v1/decide", &body);
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
    assert_eq!(reply.json()["error"]["code"], "no-release");
    let ready = served.client.get("/readyz");
    assert_eq!((ready.status, &ready.json()["ready"], &ready.json()["release"]), (503, &json!(false), &Value::Null));
    assert_eq!(ready.json()["folder"]["state"], "broken");
    assert_eq!(served.client.get("/healthz").status, 200);
    assert!(served.client.get("/").text.contains("No release serves yet"));
    assert_eq!(served.client.publish(&rules_with(1), true).status, 201);
    assert!(sees(1)(&served.client));
    assert_eq!(served.client.get("/readyz").status, 200);
}

#[test]
fn a_server_without_folders_starts_and_finds_them_later() {
    let shop = Shop::empty();
    std::fs::remove_dir_all(shop.path("rules")).unwrap();
    std::fs::remove_dir_all(shop.path("experiments")).unwrap();
    let served = shop.serve();
    assert_eq!(folder(&served.client)["state"], "unreadable");
    let complete = Shop::new();
    complete.write("rules/home.rules", &rules_with(1));
    std::fs::rename(complete.path("rules"), shop.path("rules")).unwrap();
    served.client.until("the folder that appeared", |client| client.get("/readyz").status == 200);
    assert!(sees(1)(&served.client));
}

#[test]
fn a_folder_that_was_deleted_and_came_back_is_watched_again() {
    let shop = Shop::new();
    let served = shop.serve();
    std::fs::rename(shop.path("rules"), shop.path("elsewhere")).unwrap();
    served.client.until("the folder that went", |client| folder(client)["state"] == "unreadable");
    std::fs::rename(shop.path("elsewhere"), shop.path("rules")).unwrap();
    served.client.until("the folder that came back", |client| folder(client)["state"] == "published");
    for number in 1..4 {
        shop.write("rules/home.rules", &rules_with(number));
        served.client.until("a save in it", sees(number));
    }
}

#[cfg(unix)]
#[test]
fn links_that_are_turned_to_other_files_are_seen() {
    use std::os::unix::fs::symlink;
    let shop = Shop::new();
    for number in 1..3 {
        shop.write(&format!("sets/{number}.rules"), &rules_with(number));
    }
    std::fs::remove_file(shop.path("rules/home.rules")).unwrap();
    symlink(shop.path("sets/1.rules"), shop.path("rules/home.rules")).unwrap();
    let served = shop.serve();
    assert!(sees(1)(&served.client));
    symlink(shop.path("sets/2.rules"), shop.path("rules/next")).unwrap();
    std::fs::rename(shop.path("rules/next"), shop.path("rules/home.rules")).unwrap();
    served.client.until("the turned link", sees(2));
    // The file behind the link lies in no watched folder: the comparison finds it.
    shop.write("sets/2.rules", &rules_with(3));
    served.client.until("the file behind the link", sees(3));
}

#[test]
fn new_files_in_new_folders_are_seen() {
    let shop = Shop::new();
    let served = shop.serve();
    let before = served.client.releases().len();
    shop.write("rules/deep/er/segments.rules", "segment germans { country is \"DE\" }\n");
    served.client.until("the new file", |client| client.releases().len() > before);
    std::fs::remove_dir_all(shop.path("rules/deep")).unwrap();
    // The set is again the first one: no new release, but it serves.
    served.client.until("its removal", |client| client.get("/v1/releases").json()["releases"][1]["active"] == true);
    assert_eq!(served.client.releases().len(), before + 1);
}
