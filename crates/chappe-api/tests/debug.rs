//! What `{:?}` shows, and what it does not.

use chappe_api::{enums, functions, mtproto, secret, types};

#[test]
fn requests_show_their_fields() {
    let peer = types::InputEncryptedChat { chat_id: 43, access_hash: 5 };
    let request = functions::messages::SetEncryptedTyping { peer, typing: true };
    assert_eq!(
        format!("{request:?}"),
        "SetEncryptedTyping { peer: InputEncryptedChat { chat_id: 43, access_hash: 5 }, typing: true }"
    );
    assert_eq!(format!("{:?}", enums::InputPeer::PeerSelf), "InputPeerSelf");
}

#[test]
fn codes_passwords_and_tokens_are_not_shown() {
    let sign_in = functions::auth::SignIn {
        phone_number: "9996612345".into(),
        phone_code_hash: "hush".into(),
        phone_code: Some("22222".into()),
        email_verification: Some(types::EmailVerificationCode { code: "33333".into() }.into()),
    };
    let wrapped = functions::InvokeWithLayer { layer: 232, query: sign_in };
    assert_eq!(
        format!("{wrapped:?}"),
        "InvokeWithLayer { layer: 232, query: SignIn { phone_number: \"9996612345\", phone_code_hash: [redacted], \
         phone_code: [redacted], email_verification: EmailVerificationCode { code: [redacted] } } }"
    );
    let password = functions::auth::CheckPassword {
        password: types::InputCheckPasswordSrp { srp_id: 1, a: vec![2; 256], m1: vec![3; 32] }.into(),
    };
    assert_eq!(format!("{password:?}"), "CheckPassword { password: [redacted] }");
    let bot = functions::auth::ImportBotAuthorization {
        flags: 0,
        api_id: 1,
        api_hash: "hash".into(),
        bot_auth_token: "1:token".into(),
    };
    assert_eq!(
        format!("{bot:?}"),
        "ImportBotAuthorization { flags: 0, api_id: 1, api_hash: [redacted], bot_auth_token: [redacted] }"
    );
    let exported = types::auth::ExportedAuthorization { id: 1, bytes: vec![1, 2, 3] };
    assert_eq!(format!("{exported:?}"), "ExportedAuthorization { id: 1, bytes: [redacted] }");
}

#[test]
fn keys_are_not_shown() {
    let inner = mtproto::types::PQInnerDataDc {
        pq: vec![1],
        p: vec![2],
        q: vec![3],
        nonce: [4; 16],
        server_nonce: [5; 16],
        new_nonce: [6; 32],
        dc: 2,
    };
    assert!(format!("{inner:?}").contains("new_nonce: [redacted], dc: 2"), "{inner:?}");
    let media = secret::types::DecryptedMessageMediaPhoto8 {
        thumb: Vec::new(),
        thumb_w: 1,
        thumb_h: 1,
        w: 1,
        h: 1,
        size: 1,
        key: vec![1; 32],
        iv: vec![2; 32],
    };
    assert!(format!("{media:?}").ends_with("size: 1, key: [redacted], iv: [redacted] }"), "{media:?}");
}

#[test]
fn variants_convert_both_ways() {
    let user = types::InputUser { user_id: 1, access_hash: 2 };
    let any: enums::InputUser = user.clone().into();
    assert_eq!(types::InputUser::try_from(any).unwrap(), user);
    assert_eq!(types::InputUser::try_from(enums::InputUser::Empty), Err(enums::InputUser::Empty));
}

#[test]
fn fields_that_share_a_flag_are_written_together() {
    use chappe_tl::{Decode, Encode};
    let poll = |entities| types::PollResults {
        min: false,
        has_unread_votes: false,
        can_view_stats: false,
        results: None,
        total_voters: None,
        recent_voters: None,
        solution: Some("text".into()),
        solution_entities: entities,
        solution_media: None,
    };
    let back = types::PollResults::from_bytes(&poll(None).to_bytes().unwrap()).unwrap();
    assert_eq!(back.solution_entities.as_deref(), Some(&[][..]));
    assert_eq!(back, poll(Some(Vec::new())));
}

#[test]
fn updates_are_small() {
    assert!(size_of::<enums::Update>() <= 64);
    assert!(size_of::<enums::Updates>() <= 64);
}
