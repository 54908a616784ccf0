use super::*;
use crate::wrapper::Wrapper;
use crate::{Activity, EntityKind};

const ACTIVITIES: [Activity; 12] = [
    Activity::Cancel,
    Activity::ChooseContact,
    Activity::GeoLocation,
    Activity::RecordAudio,
    Activity::RecordRound,
    Activity::RecordVideo,
    Activity::Typing,
    Activity::UploadAudio,
    Activity::UploadDocument,
    Activity::UploadPhoto,
    Activity::UploadRound,
    Activity::UploadVideo,
];

/// One of each, with the id that the schema gives it.
fn actions() -> Vec<(u32, Action)> {
    vec![
        (0xa1733aec, Action::SetMessageTtl { seconds: 60 }),
        (0x0c4f40be, Action::ReadMessages { random_ids: vec![1, -2] }),
        (0x65614304, Action::DeleteMessages { random_ids: vec![3] }),
        (0x8ac1f475, Action::ScreenshotMessages { random_ids: vec![] }),
        (0x6719e45c, Action::FlushHistory),
        (0x511110b0, Action::Resend { start_seq_no: 5, end_seq_no: 9 }),
        (0xf3048883, Action::NotifyLayer { layer: 144 }),
        (0xccb27641, Action::Typing { activity: Activity::Typing }),
        (0xf3c9611b, Action::RequestKey { exchange_id: -7, g_a: vec![1; 256] }),
        (0x6fe1735b, Action::AcceptKey { exchange_id: -7, g_b: vec![2; 256], key_fingerprint: 5 }),
        (0xdd05ec6b, Action::AbortKey { exchange_id: 8 }),
        (0xec2e0b9b, Action::CommitKey { exchange_id: 8, key_fingerprint: -1 }),
        (0xa82fdd63, Action::Noop),
    ]
}

#[test]
fn each_of_the_thirteen_actions_comes_back() {
    let all = actions();
    assert_eq!(all.len(), 13);
    let activities = ACTIVITIES.map(|activity| (0xccb27641, Action::Typing { activity }));
    for (id, action) in all.into_iter().chain(activities) {
        let bytes = encode_service(RandomId(-99), &action).unwrap();
        assert_eq!(bytes[..4], 0x73164160_u32.to_le_bytes(), "decryptedMessageService");
        assert_eq!(bytes[12..16], id.to_le_bytes(), "{action:?}");
        assert_eq!(decode(&bytes, None), Ok(Decoded::Service { random_id: RandomId(-99), action }));
    }
}

#[test]
fn known_bytes_of_a_noop_in_its_wrapper() {
    let body = encode_service(RandomId(1), &Action::Noop).unwrap();
    let wrapper = Wrapper { layer: SecretLayer(144), in_seq_no: 0, out_seq_no: 1, body: &body };
    let hex: String = wrapper.encode(&[0xaa; 15]).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "8917e31b0faaaaaaaaaaaaaaaaaaaaaaaaaaaaaa90000000000000000100000060411673010000000000000063dd2fa8"
    );
}

#[test]
fn a_text_comes_back_with_what_the_layer_permits() {
    let entity = |kind| Entity { offset: 0, length: 2, kind };
    let text = OutgoingText {
        entities: vec![
            entity(EntityKind::Bold),
            entity(EntityKind::Strike),
            entity(EntityKind::Spoiler),
            entity(EntityKind::Phone),
        ],
        silent: true,
        reply_to: Some(RandomId(4)),
        via_bot_name: Some("gif".to_owned()),
        ..OutgoingText::new("hello")
    };
    for (layer, count) in [(73, 1), (101, 2), (143, 2), (144, 3)] {
        let entities = fit_entities(&text.text, &text.entities, SecretLayer(layer)).entities;
        let text = OutgoingText { entities, ..text.clone() };
        let bytes = encode_text(RandomId(9), &text, 30).unwrap();
        let Ok(Decoded::Content(Message { random_id, ttl, silent, reply_to, via_bot_name, content, .. })) =
            decode(&bytes, None)
        else {
            panic!()
        };
        assert_eq!((random_id, ttl, silent, reply_to), (RandomId(9), 30, true, Some(RandomId(4))));
        assert_eq!(via_bot_name.as_deref(), Some("gif"));
        let Content::Text(content) = content else { panic!() };
        assert_eq!((content.text.as_str(), content.entities.len()), ("hello", count));
    }
}

#[test]
fn messages_of_every_layer_are_read() {
    use enums::{DecryptedMessage as M, DecryptedMessageMedia as Media};
    let (message, random_id) = ("old".to_owned(), 7);
    let media = Media::Empty;
    let all = [
        M::Message8(Box::new(types::DecryptedMessage8 {
            random_id,
            random_bytes: vec![0; 15],
            message: message.clone(),
            media: media.clone(),
        })),
        M::Message17(Box::new(types::DecryptedMessage17 {
            random_id,
            ttl: 5,
            message: message.clone(),
            media: media.clone(),
        })),
        M::Message45(Box::new(types::DecryptedMessage45 {
            random_id,
            ttl: 5,
            message,
            media: Some(media),
            entities: None,
            via_bot_name: None,
            reply_to_random_id: None,
        })),
    ];
    for message in all {
        let Ok(Decoded::Content(Message { random_id: RandomId(7), content: Content::Text(text), .. })) =
            decode(&message.to_bytes().unwrap(), None)
        else {
            panic!("{message:?}")
        };
        assert_eq!(text.text, "old");
    }
    let service = types::DecryptedMessageService8 {
        random_id,
        random_bytes: vec![0; 15],
        action: enums::DecryptedMessageAction::Noop,
    };
    let bytes = M::Service8(Box::new(service)).to_bytes().unwrap();
    assert_eq!(decode(&bytes, None), Ok(Decoded::Service { random_id: RandomId(7), action: Action::Noop }));
}

#[test]
fn unknown_constructors_and_leftovers_are_unreadable() {
    assert_eq!(decode(&[1, 2, 3, 4], None), Err(Unreadable));
    let mut bytes = encode_service(RandomId(1), &Action::Noop).unwrap();
    bytes.extend([0; 4]);
    assert_eq!(decode(&bytes, None), Err(Unreadable));
    let mut bytes = encode_service(RandomId(1), &Action::Noop).unwrap();
    bytes[12] ^= 1;
    assert_eq!(decode(&bytes, None), Err(Unreadable));
}
