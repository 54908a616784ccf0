//! Sessions as texts.
use chappe::session::{ForeignFormat, StoredSession, StringSession};

const VECTORS: &str = include_str!("vectors/session_strings.json");

fn vectors() -> serde_json::Value {
    serde_json::from_str(VECTORS).unwrap()
}

#[test]
fn texts_of_other_libraries_are_read_and_written() {
    let vectors = vectors();
    for vector in vectors["computed"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        let (stored, format) = StoredSession::import(text).unwrap();
        assert_eq!(i64::from(stored.dc_id), vector["dc_id"].as_i64().unwrap());
        assert_eq!(stored.auth_key.as_bytes(), &[0x11; 256]);
        let name = vector["format"].as_str().unwrap();
        match name {
            "telethon_ipv4" | "telethon_ipv6" => {
                assert_eq!(format, ForeignFormat::Telethon);
                assert_eq!(stored.address.host(), vector["ip"].as_str().unwrap());
                assert_eq!(u64::from(stored.address.port()), vector["port"].as_u64().unwrap());
                assert_eq!(stored.to_telethon().unwrap().as_str(), text);
            }
            "gramjs" => {
                assert_eq!(format, ForeignFormat::GramJs);
                assert_eq!(stored.address.host(), vector["host"].as_str().unwrap());
                assert_eq!(u64::from(stored.address.port()), vector["port"].as_u64().unwrap());
                assert_eq!(stored.to_gramjs().unwrap().as_str(), text);
            }
            "mtcute" => {
                let ForeignFormat::Mtcute { test } = format else { panic!("{name}: {format:?}") };
                assert_eq!(Some(test), vector["test_mode"].as_bool());
                assert_eq!(stored.address.host(), vector["ip"].as_str().unwrap());
                assert_eq!(u64::from(stored.address.port()), vector["port"].as_u64().unwrap());
                assert_eq!(stored.user_id, vector["user_id"].as_i64());
                assert_eq!(stored.is_bot, vector["is_bot"].as_bool().unwrap_or_default());
            }
            _ => {
                let ForeignFormat::Pyrogram(extras) = format else { panic!("{name}: {format:?}") };
                assert_eq!(stored.user_id, vector["user_id"].as_i64(), "{name}");
                assert_eq!(Some(extras.test), vector["test_mode"].as_bool());
                assert_eq!(Some(stored.is_bot), vector["is_bot"].as_bool());
                assert_eq!(extras.api_id.map(u64::from), vector["api_id"].as_u64());
                if let Some(api_id) = extras.api_id {
                    assert_eq!(stored.to_pyrogram(api_id, extras.test).unwrap().as_str(), text);
                }
            }
        }
        assert!(!format!("{stored:?}").contains("1111"), "the key shows");
    }
}

#[test]
fn damaged_texts_are_refused() {
    let vectors = vectors();
    for vector in vectors["invalid"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        assert!(StringSession::parse(text).is_err(), "{}", vector["why"]);
    }
    for vector in vectors["computed"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        for len in 0..text.len() {
            // Pyrogram's formats are told apart by their lengths alone.
            if vector["format"].as_str().unwrap().starts_with("pyrogram") && [351, 356].contains(&len) {
                continue;
            }
            assert!(StringSession::parse(&text[..len]).is_err(), "cut at {len}");
        }
        assert!(StringSession::parse(&format!("{text}AAAA")).is_err());
    }
}

#[test]
fn texts_for_others_name_only_data_centres_that_they_read() {
    let text = vectors()["computed"][0]["string"].as_str().unwrap().to_owned();
    let (mut stored, _) = StoredSession::import(&text).unwrap();
    stored.user_id = Some(77);
    let texts =
        |stored: &StoredSession| [stored.to_telethon(), stored.to_gramjs(), stored.to_pyrogram(1, false)];
    for dc_id in 1..=5 {
        stored.dc_id = dc_id;
        for text in texts(&stored) {
            let (again, _) = StoredSession::import(&text.expect("one of the five")).unwrap();
            assert_eq!((again.dc_id, &again.auth_key), (dc_id, &stored.auth_key));
        }
    }
    // Content delivery networks have no accounts, and test numbers of ours no place there.
    for dc_id in [-2, 0, 6, 203, 255, 256, 10_002] {
        stored.dc_id = dc_id;
        assert!(texts(&stored).iter().all(Option::is_none), "{dc_id}");
    }
}

#[test]
fn our_own_texts_come_back() {
    let text = vectors()["computed"][0]["string"].as_str().unwrap().to_owned();
    let (mut stored, _) = StoredSession::import(&text).unwrap();
    stored.user_id = Some(77);
    stored.is_bot = true;
    stored.salt = -5;
    stored.time_offset_millis = Some(-1234);
    let text = stored.to_text();
    assert_eq!(StoredSession::from_text(&text).unwrap(), stored);
    assert_eq!(StringSession::parse(&text).unwrap().export().unwrap(), text);
    for len in 0..text.len() {
        assert!(StoredSession::from_text(&text[..len]).is_err(), "cut at {len}");
    }
}
