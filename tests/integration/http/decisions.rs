//! `POST /v1/decide` and what the numbers say about it.

use serde_json::json;

use crate::serving::Shop;

#[test]
fn a_decision_has_all_its_fields() {
    let shop = Shop::new();
    let served = shop.serve();
    let body = json!({"visitor": {"id": "v1", "attributes": {"country": "DE"}}, "context": {"page": "/"}, "slots": ["home_hero"]});
    let reply = served.client.post("/v1/decide", &body);
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    insta::assert_snapshot!(reply.text, @r#"{"visitor":"v1","release":"691fa748a958fab1","decisions":[{"slot":"home_hero","content":"german_hero","value":{"headline":"Willkommen"},"reason":"rule","rule":"home.rules:2","experiment":null,"variant":null,"layer":null,"assignment_probability":null,"because":null,"release":"691fa748a958fab1"}]}"#);
}

#[test]
fn explain_says_how_it_came_about() {
    let shop = Shop::new();
    let served = shop.serve();
    let body = json!({"visitor": {"id": "v1", "attributes": {"country": "FR"}}, "explain": true});
    let explanation = served.client.post("/v1/decide", &body).json()["decisions"][0]["explanation"].clone();
    assert_eq!(explanation["passed_over"][0]["rule"], "home.rules:2", "{explanation}");
}

#[test]
fn decisions_are_counted_without_a_word_about_the_visitor() {
    let shop = Shop::new();
    let served = shop.serve();
    for country in ["DE", "FR", "AT"] {
        served.client.decide(country);
    }
    let body = json!({"visitor": {"id": "secret-visitor", "attributes": {"shoe_size": 43, "hat_size": 58}}});
    assert_eq!(served.client.post("/v1/decide", &body).status, 200);
    served.client.get("/no/such/path-of-a-visitor");
    let text = served.client.get("/metrics").text;
    for line in [
        r#"segue_decisions_total{reason="rule",slot="home_hero"} 1"#,
        r#"segue_decisions_total{reason="otherwise",slot="home_hero"} 3"#,
        "segue_decide_duration_seconds_count 4",
        "segue_undeclared_facts_total 2",
        r#"segue_http_requests_total{route="/v1/decide",status="200"} 4"#,
        r#"segue_http_requests_total{route="unmatched",status="404"} 1"#,
        r#"segue_releases_total{outcome="published"} 1"#,
        r#"segue_releases_total{outcome="refused"} 0"#,
        r#"segue_releases_total{outcome="activated"} 1"#,
        concat!(r#"segue_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""} 1"#),
        "segue_folder_broken 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    let release = served.client.releases().remove(0);
    assert!(text.contains(&format!("segue_release_info{{release=\"{release}\"}} 1")), "{text}");
    for word in ["secret-visitor", "shoe_size", "path-of-a-visitor"] {
        assert!(!text.contains(word), "{word} leaks into the numbers");
    }
}

#[test]
fn the_front_page_says_what_runs_here() {
    let shop = Shop::new();
    let served = shop.serve();
    let page = served.client.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains(&served.client.releases()[0]) && page.text.contains("/v1/decide"), "{}", page.text);
    for path in ["/healthz", "/readyz", "/metrics", "/", "/v1/releases"] {
        let head = served.client.send("HEAD", path, &[], b"").unwrap();
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
    }
    assert_eq!(served.client.get("/healthz").json(), json!({"status": "ok"}));
}
