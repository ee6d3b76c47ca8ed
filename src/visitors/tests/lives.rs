use serde_json::json;

use super::*;

const NOW: &str = "2020-11-20T10:00:00Z";

fn order(id: &str, user: &str) -> Json {
    track(id, user, "Order Completed", json!({ "revenue": "12.50" }), "2020-11-20T09:59:00Z")
}

#[test]
fn a_decision_knows_what_was_acknowledged_and_so_does_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    {
        let house = House::open(data.path());
        assert_eq!(house.hero("anna", now), "hello");
        house.send(&[order("m1", "anna")], now);
        assert_eq!(house.hero("anna", now), "thanks");
        assert_eq!(house.hero("ben", now), "hello");
    }
    let house = House::open(data.path());
    assert_eq!(house.hero("anna", now), "thanks");
    assert_eq!(house.hero("ben", now), "hello");
}

#[test]
fn a_message_counts_once_also_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let view = |id: &str| track(id, "anna", "view", json!({}), "2020-11-20T09:00:00Z");
    {
        let house = House::open(data.path());
        house.send(&[view("1"), view("2"), view("2")], now);
        house.send(&[view("1"), view("2")], now);
        assert_eq!(house.hero("anna", now), "hello");
    }
    let house = House::open(data.path());
    house.send(&[view("1"), view("2")], now);
    assert_eq!(house.hero("anna", now), "hello");
    house.send(&[view("3")], now);
    assert_eq!(house.hero("anna", now), "again");
}

#[test]
fn two_ids_become_one_visitor_whichever_comes_first() {
    let now = at(NOW);
    let identify = json!({ "type": "identify", "userId": "anna", "anonymousId": "a1", "traits": { "plan": "pro" } });
    let view = |id: &str, who: &str| json!({ "type": "track", "messageId": id, "anonymousId": who, "event": "view", "timestamp": "2020-11-20T09:00:00Z" });
    let orders: [Vec<Json>; 3] = [
        vec![view("1", "a1"), view("2", "anna"), identify.clone(), view("3", "a1")],
        vec![identify.clone(), view("1", "a1"), view("2", "anna"), view("3", "a1")],
        vec![view("1", "a1"), view("2", "anna"), view("3", "a1"), identify.clone(), identify],
    ];
    for messages in orders {
        let data = tempfile::tempdir().unwrap();
        {
            let house = House::open(data.path());
            messages.iter().for_each(|message| house.send(std::slice::from_ref(message), now));
            assert_eq!((house.hero("anna", now), house.hero("a1", now)), ("again".to_owned(), "again".to_owned()));
            let profile = house.visitors.profile("a1", &house.release, now).unwrap().unwrap();
            assert_eq!(profile.ids, [Arc::from("a1"), Arc::from("anna")]);
            assert_eq!(profile.attributes[0].value, json!("pro"));
        }
        let house = House::open(data.path());
        assert_eq!((house.hero("anna", now), house.hero("a1", now)), ("again".to_owned(), "again".to_owned()));
        assert_eq!(house.size("fan"), 0, "by the clock of the machine the views lie in the past");
    }
}

#[test]
fn a_limit_counts_shows_also_of_somebody_new_and_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let ask = json!({ "visitor": { "id": "carl", "attributes": { "plan": "pro" } } });
    let value = |house: &House| house.answer(ask.clone(), now).decisions[0].value.clone().unwrap();
    {
        let house = House::open(data.path());
        assert_eq!(value(&house), "pro");
    }
    let house = House::open(data.path());
    assert_eq!((value(&house), value(&house)), (json!("pro"), json!("hello")));
}

#[test]
fn what_is_cut_off_from_sled_is_read_from_the_journal() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    {
        let house = House::open(data.path());
        let batch: Vec<Json> = (0..500).map(|number| order(&format!("m{number}"), &format!("v{number}"))).collect();
        house.send(&batch, now);
        assert_eq!(house.size("buyer"), 500);
    }
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    let house = House::open(data.path());
    assert_eq!(house.size("buyer"), 500);
    assert!((0..500).all(|number| house.hero(&format!("v{number}"), now) == "thanks"));
}

#[test]
fn whoever_leaves_memory_is_found_in_sled() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let limits = Limits { memory_bytes: 10_000, ..Limits::default() };
    let house = House::open_with(data.path(), RULES, &limits).unwrap();
    for round in 0..5 {
        let batch: Vec<Json> =
            (0..200).map(|number| order(&format!("m{round}.{number}"), &format!("v{number}"))).collect();
        house.send(&batch, now);
        assert_eq!(house.size("buyer"), 200);
        // Whoever changed, or is looked at, stays until sled knows.
        let people = &house.visitors.core.people;
        let fits = (0..1_000).any(|_| {
            house.visitors.core.save().unwrap();
            people.make_room();
            people.in_memory().1 <= 10_000
        });
        assert!(fits, "{:?}", people.in_memory());
        assert!((0..200).all(|number| house.hero(&format!("v{number}"), now) == "thanks"));
    }
    let profile = house.visitors.profile("v7", &house.release, now).unwrap().unwrap();
    assert_eq!(profile.messages, 5);
}

#[test]
fn a_new_cell_is_filled_from_the_journal_while_serving() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let mut house =
        House::open_with(data.path(), r#"slot hero { otherwise show "hello" }"#, &Limits::default()).unwrap();
    let batch: Vec<Json> = (0..300).map(|number| order(&format!("m{number}"), &format!("v{number}"))).collect();
    house.send(&batch, now);
    house.release = release(RULES);
    house.visitors.follow(&house.release).unwrap();
    soon("cells are filled", || house.visitors.core.course.load().unfilled.is_empty().then_some(()));
    assert!((0..300).all(|number| house.hero(&format!("v{number}"), now) == "thanks"));
    drop(house);
    let house = House::open(data.path());
    assert!(house.visitors.core.course.load().unfilled.is_empty(), "what is full stays full");
    assert!((0..300).all(|number| house.hero(&format!("v{number}"), now) == "thanks"));
    assert_eq!(house.size("buyer"), 300);
}

#[test]
fn a_list_names_a_visitor_by_any_of_their_ids() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let house = House::open(data.path());
    assert_eq!((house.hero("zoe", now), house.hero("device-7", now)), ("staff".to_owned(), "hello".to_owned()));
    house.send(&[json!({ "type": "identify", "userId": "zoe", "anonymousId": "device-7" })], now);
    assert_eq!(house.hero("device-7", now), "staff");
}

#[test]
fn an_erased_visitor_is_nobody_and_may_come_again() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    {
        let house = House::open(data.path());
        let identify =
            json!({ "type": "identify", "userId": "anna", "anonymousId": "a1", "traits": { "plan": "pro" } });
        house.send(&[identify, order("m1", "anna"), order("m2", "ben")], now);
        assert!(house.visitors.erase("a1", &house.release).unwrap());
        assert!(!house.visitors.erase("anna", &house.release).unwrap(), "nobody is left");
        assert_eq!((house.hero("anna", now), house.hero("ben", now)), ("hello".to_owned(), "thanks".to_owned()));
        assert_eq!(house.size("buyer"), 1);
        // What had come before is not remembered; a message that comes again is still the same message.
        house.send(&[order("m1", "anna"), order("m3", "anna")], now);
        assert_eq!(house.hero("anna", now), "thanks");
        assert_eq!(house.visitors.profile("anna", &house.release, now).unwrap().unwrap().messages, 1);
        assert_eq!(house.size("buyer"), 2);
    }
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    let house = House::open(data.path());
    let profile = house.visitors.profile("anna", &house.release, now).unwrap().unwrap();
    assert_eq!((profile.messages, profile.ids), (1, vec![Arc::from("anna")]));
    assert_eq!(house.size("buyer"), 2);
    assert_eq!(house.visitors.export("anna", &house.release, now).unwrap().unwrap().messages.len(), 1);
}

#[test]
fn what_is_kept_shows_nowhere_in_plain() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    {
        let house = House::open(data.path());
        let telling = json!({
            "type": "identify", "userId": "telling-user", "anonymousId": "telling-device", "messageId": "telling-message",
            "traits": { "email": "telling@example.com", "plan": "telling-plan" },
        });
        let refused =
            track("telling-refused", "telling-user", "Order Completed", json!({ "revenue": "telling-sum" }), NOW);
        house.send(&[telling, refused, json!({ "type": "track", "event": "telling-event" })], now);
        assert_eq!(house.visitors.dead_letters(10).unwrap().len(), 2);
        house.size("buyer");
    }
    for file in
        walkdir::WalkDir::new(data.path()).into_iter().filter_map(Result::ok).filter(|file| file.path().is_file())
    {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(7).any(|bytes| bytes == b"telling"), "{}", file.path().display());
    }
}

#[test]
fn a_folder_without_its_keys_is_refused() {
    for lost in ["keys/secret", "keys/00000000.keys"] {
        let data = tempfile::tempdir().unwrap();
        let now = at(NOW);
        drop(House::open(data.path()));
        let house = House::open(data.path());
        house.send(&[order("m1", "anna")], now);
        drop(house);
        std::fs::remove_file(data.path().join(lost)).unwrap();
        assert!(House::open_with(data.path(), RULES, &Limits::default()).is_err(), "{lost}");
        assert!(!data.path().join(lost).exists(), "{lost} is not made anew");
    }
}

/// A round of the keeper may meet somebody who was joined with another since it began.
#[test]
fn a_round_that_misses_somebody_does_not_move_the_position() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let house = House::open(data.path());
    let core = &house.visitors.core;
    // A keeper of its own would tell sled in between.
    let turn = core.saving.lock().unwrap();
    house.send(&[order("m1", "x")], now);
    let journal = core.committer().unwrap().view().id();
    let take = move |house: &House| {
        let core = &house.visitors.core;
        core.committer().unwrap().between(move |_, folding| folding.take_unsaved(journal)).wait().unwrap().unwrap()
    };
    let round = take(&house);
    house.send(&[json!({ "type": "identify", "userId": "u", "anonymousId": "x" })], now);
    round.save(&core.people, 4_096, |_| Ok(())).unwrap();
    drop(turn);
    let state = super::super::state::State::read(&core.people.shelf).unwrap();
    assert!(state.is_none_or(|state| state.position.entry == 0), "what x did is in no row yet");
    core.save().unwrap();
    let state = super::super::state::State::read(&core.people.shelf).unwrap().unwrap();
    assert!(state.position.entry >= 2);
    assert_eq!(house.hero("u", now), "thanks");
}

#[test]
fn what_may_never_be_seen_uses_up_no_limit() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let house = House::open(data.path());
    house.send(&[json!({ "type": "identify", "userId": "carl", "traits": { "plan": "pro" } })], now);
    let shown = |expose: &str| {
        let answer = house.answer(json!({ "visitor": { "id": "carl" }, "expose": expose }), now);
        answer.decisions[0].value.clone().unwrap()
    };
    assert!((0..5).all(|_| shown("seen") == json!("pro")));
    assert_eq!((shown("now"), shown("now"), shown("now")), (json!("pro"), json!("pro"), json!("hello")));
}

#[test]
fn an_id_whose_messages_were_all_refused_can_be_erased() {
    let data = tempfile::tempdir().unwrap();
    let now = at(NOW);
    let bad = |id: &str| track(id, "anna", "Order Completed", json!({ "revenue": "a lot" }), NOW);
    {
        let house = House::open(data.path());
        house.send(&[bad("b1")], now);
    }
    let house = House::open(data.path());
    house.send(&[bad("b2"), order("m1", "anna")], now);
    assert_eq!(house.visitors.dead_letters(10).unwrap().len(), 2);
    assert!(house.visitors.erase("anna", &house.release).unwrap());
    assert!(house.visitors.dead_letters(10).unwrap().is_empty());
    drop(house);
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    let house = House::open(data.path());
    assert!(house.visitors.dead_letters(10).unwrap().is_empty());
    assert_eq!(house.hero("anna", now), "hello");
}

/// An id that has left the window is a new message: it counted, so it is exported.
#[test]
fn an_export_holds_what_was_counted() {
    let data = tempfile::tempdir().unwrap();
    let house = House::open(data.path());
    for day in ["2020-11-18", "2020-11-18", "2020-11-20"] {
        house.send(&[order("m1", "anna")], at(&format!("{day}T10:00:00Z")));
    }
    // A window reaches two periods back at most, and another message begins each.
    house.send(&[order("m2", "ben")], at("2020-11-22T10:00:00Z"));
    house.send(&[order("m3", "ben")], at("2020-11-24T10:00:00Z"));
    house.send(&[order("m1", "anna")], at("2020-11-24T11:00:00Z"));
    let profile = house.visitors.profile("anna", &house.release, at(NOW)).unwrap().unwrap();
    let export = house.visitors.export("anna", &house.release, at(NOW)).unwrap().unwrap();
    assert!(profile.messages >= 2, "the window was left");
    assert_eq!(export.messages.len() as u64, profile.messages);
}
