//! Publishing, listing, rolling back, and what a restart leaves of it.

use serde_json::{Value, json};

use crate::serving::{Served, Shop, rules_with, set};

fn because(served: &Served) -> Value {
    served.client.decide("DE")["because"].clone()
}

#[test]
fn a_set_is_published_served_and_rolled_back() {
    let shop = Shop::new();
    let served = shop.serve();
    let client = &served.client;
    let first = client.releases().remove(0);
    assert_eq!(because(&served), Value::Null);

    let reply = client.publish(&rules_with(1), true);
    let second = reply.json()["release"].as_str().unwrap().to_owned();
    assert_eq!((reply.status, reply.json()), (201, json!({"release": second, "parent": first, "active": true})));
    assert_eq!(because(&served), "edit 1");

    // Kept, but not served: its parent is what was active when it was accepted.
    let reply = client.publish(&rules_with(2), false);
    let third = reply.json()["release"].as_str().unwrap().to_owned();
    assert_eq!((reply.status, reply.json()), (201, json!({"release": third, "parent": second, "active": false})));
    assert_eq!(because(&served), "edit 1");
    assert_eq!(client.releases(), [third.clone(), second.clone(), first.clone()]);

    let reply = client.post(&format!("/v1/releases/{first}/activate"), &json!({"author": "grace"}));
    assert_eq!((reply.status, reply.json()), (200, json!({"release": first, "parent": null, "active": true})));
    assert_eq!(because(&served), Value::Null);

    let listed = client.get("/v1/releases").json();
    let active: Vec<_> = listed["releases"].as_array().unwrap().iter().map(|release| &release["active"]).collect();
    assert_eq!(active, [false, false, true]);
    let activations: Vec<_> = listed["activations"].as_array().unwrap().iter().collect();
    let told: Vec<_> = activations.iter().map(|at| (&at["release"], &at["author"], &at["origin"])).collect();
    let (folder, upload, rollback) = (json!("folder"), json!("upload"), json!("rollback"));
    let (one, two) = (json!(first), json!(second));
    assert_eq!(told, [(&one, &json!("grace"), &rollback), (&two, &json!("ada"), &upload), (&one, &folder, &folder)]);
}

#[test]
fn a_release_comes_back_with_its_files() {
    let shop = Shop::new();
    let served = shop.serve();
    let id = served.client.publish(&rules_with(1), false).json()["release"].as_str().unwrap().to_owned();
    let reply = served.client.get(&format!("/v1/releases/{id}"));
    let release = reply.json();
    assert_eq!(
        (&release["files"], &release["author"], &release["message"]),
        (&set(&rules_with(1)), &json!("ada"), &json!("a change"))
    );
    assert!(release["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{release}");
    let told = |release: &Value| {
        let cost = &release["cost"];
        (cost["predicates"].clone(), cost["slots"][0]["rules"].clone(), cost["slots"][0]["tries"].clone())
    };
    assert_eq!(told(&release), (json!(1), json!(1), json!(1)));
    // The same of the release that serves.
    let serving = served.client.releases().pop().unwrap();
    let serving = served.client.get(&format!("/v1/releases/{serving}")).json();
    assert_eq!((&serving["active"], told(&serving)), (&json!(true), (json!(1), json!(1), json!(1))));
}

#[test]
fn the_same_content_again_makes_nothing_new() {
    let shop = Shop::new();
    let served = shop.serve();
    let first = served.client.publish(&rules_with(1), false);
    let listed = served.client.get("/v1/releases").text;
    let again = served.client.publish(&rules_with(1), false);
    assert_eq!((first.status, again.status, again.json()), (201, 200, first.json()));
    assert_eq!(served.client.get("/v1/releases").text, listed);
    // To activate it this way makes an activation and no release; to activate what serves makes nothing at all.
    let activated = served.client.publish(&rules_with(1), true);
    assert_eq!((activated.status, &activated.json()["active"]), (200, &json!(true)));
    assert_eq!(because(&served), "edit 1");
    let listed = served.client.get("/v1/releases").text;
    served.client.publish(&rules_with(1), true);
    let id = activated.json()["release"].as_str().unwrap().to_owned();
    assert_eq!(served.client.post(&format!("/v1/releases/{id}/activate"), &json!({})).status, 200);
    assert_eq!(served.client.get("/v1/releases").text, listed);
}

#[test]
fn a_set_that_does_not_compile_is_refused_whole() {
    let shop = Shop::new();
    let served = shop.serve();
    let before = served.client.get("/v1/releases").text;
    let broken = "slot home_hero {\n  if contry is \"DE\" show german_hero\n  otherwise show default_hero\n}\n";
    let reply = served.client.publish(broken, true);
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (422, &json!("release-refused")));
    let checked = served.client.post("/v1/check", &json!({ "files": set(broken) }));
    assert_eq!((checked.status, &checked.json()["diagnostics"]), (200, &reply.json()["error"]["diagnostics"]));
    insta::assert_snapshot!(checked.text, @r#"{"diagnostics":[{"code":"unknown-attribute","severity":"error","file":"rules/home.rules","line":2,"column":6,"message":"unknown attribute `contry`","help":"did you mean `country`?"}]}"#);
    assert_eq!(served.client.get("/v1/releases").text, before);
    assert!(served.client.get("/metrics").text.contains(r#"segue_releases_total{outcome="refused"} 1"#));
    let fine = served.client.post("/v1/check", &json!({ "files": set(&rules_with(1)) }));
    assert_eq!((fine.status, fine.json()), (200, json!({"diagnostics": []})));
}

#[test]
fn an_upload_and_a_rollback_survive_a_restart_until_somebody_edits_a_file() {
    let shop = Shop::new();
    let served = shop.serve();
    let uploaded = served.client.publish(&rules_with(1), true).json()["release"].as_str().unwrap().to_owned();
    drop(served);

    let served = shop.serve();
    assert_eq!(because(&served), "edit 1");
    served.client.publish(&rules_with(2), true);
    served.client.post(&format!("/v1/releases/{uploaded}/activate"), &json!({}));
    drop(served);

    let served = shop.serve();
    assert_eq!(because(&served), "edit 1");
    assert_eq!(served.client.releases().len(), 3);
    drop(served);

    shop.write("rules/home.rules", &rules_with(3));
    let served = shop.serve();
    assert_eq!(because(&served), "edit 3");
    assert_eq!(served.client.get("/v1/releases").json()["releases"][0]["parent"], json!(uploaded));
}

#[test]
fn authors_at_the_same_time_get_one_order() {
    let shop = Shop::new();
    let served = shop.serve();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let authors: Vec<_> = (0..3_usize)
            .map(|author| {
                let client = served.client.clone();
                scope.spawn(move || {
                    let publish = |number| client.publish(&rules_with(100 * author + number), true);
                    let replies = (0..8).map(publish).map(|reply| reply.json()["release"].as_str().map(str::to_owned));
                    replies.collect::<Option<Vec<_>>>().unwrap()
                })
            })
            .collect();
        authors.into_iter().flat_map(|author| author.join().unwrap()).collect()
    });
    let listed = served.client.get("/v1/releases").json();
    let releases = listed["releases"].as_array().unwrap();
    assert_eq!(releases.len(), 1 + ids.len());
    // Each was activated as it was accepted, so each is the parent of the next, and the last one serves.
    assert!(releases.windows(2).all(|pair| pair[0]["parent"] == pair[1]["release"]), "{listed}");
    assert_eq!(releases[0]["active"], true);
    assert_eq!(served.client.decide("DE")["release"], releases[0]["release"]);
}
