//! Who may author, and where the server may listen.

use segue::server::{Error, Server};
use serde_json::json;

use crate::serving::{Served, Shop, rules_with};

#[test]
fn with_an_admin_token_authoring_needs_it_and_deciding_does_not() {
    let shop = Shop::new();
    let mut options = shop.options();
    options.admin_token = Some("open sesame".to_owned());
    let served = Served::start(options);
    for (method, path) in [
        ("GET", "/v1/releases"),
        ("GET", "/v1/releases/0123456789abcdef"),
        ("POST", "/v1/releases"),
        ("POST", "/v1/releases/0123456789abcdef/activate"),
        ("POST", "/v1/check"),
        ("GET", "/v1/experiments"),
        ("GET", "/v1/experiments/cart_test/results"),
        ("GET", "/v1/experiments/cart_test/history"),
    ] {
        let reply = served.client.send(method, path, &[], b"{}").unwrap();
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, "Bearer"), "{method} {path}");
        assert_eq!(reply.json()["error"]["help"], "send `Authorization: Bearer <token>`");
        let wrong = served.client.with_token("open sesam").send(method, path, &[], b"{}").unwrap();
        assert_eq!(wrong.json()["error"]["code"], "unauthorized");
    }
    served.client.decide("DE");
    for path in ["/", "/healthz", "/readyz", "/metrics"] {
        assert_eq!(served.client.get(path).status, 200, "{path}");
    }
    let author = served.client.with_token("open sesame");
    assert_eq!(author.publish(&rules_with(1), true).status, 201);
    assert_eq!(author.releases().len(), 2);
}

#[test]
fn only_a_token_opens_the_server_to_other_machines() {
    let shop = Shop::new();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let mut options = shop.options();
        options.listen = listen.to_owned();
        let error = Server::bind(&options).err().unwrap();
        assert!(matches!(error, Error::OpenDoor { .. }), "{error}");
        assert!(!shop.path("data").exists(), "nothing was touched");
    }
    let mut options = shop.options();
    options.listen = "0.0.0.0:0".to_owned();
    options.admin_token = Some(" ".to_owned());
    assert!(matches!(Server::bind(&options), Err(Error::EmptyToken)));
    options.admin_token = Some("open sesame".to_owned());
    options.events.write_keys = vec!["k1".to_owned()];
    assert!(Server::bind(&options).is_ok());
}

#[test]
fn an_address_that_cannot_be_had_is_named() {
    let shop = Shop::new();
    let served = shop.serve();
    let mut options = shop.options();
    options.listen = served.client.url.strip_prefix("http://").unwrap().to_owned();
    let error = Server::bind(&options).err().unwrap().to_string();
    assert!(error.starts_with(&format!("cannot listen on `{}`: ", options.listen)), "{error}");
    options.listen = "8080".to_owned();
    let error = Server::bind(&options).err().unwrap().to_string();
    assert!(
        error.starts_with("`8080` is no address to listen on") && error.ends_with("write it as `127.0.0.1:8080`"),
        "{error}"
    );
    // A second server on the same data is told where the first one is.
    let error = Server::bind(&shop.options()).err().unwrap().to_string();
    assert!(error.ends_with(&format!("it serves at {}", served.client.url)), "{error}");
}

#[test]
fn a_page_that_is_served_here_may_publish() {
    let shop = Shop::new();
    let served = shop.serve();
    let headers = [("origin", served.client.url.as_str())];
    let body = json!({"files": crate::serving::set(&rules_with(1))}).to_string();
    let reply = served.client.send("POST", "/v1/releases", &headers, body.as_bytes()).unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
}
