//! What the server sees, counts and refuses.

use crate::common::{ALICE, Client, Pair, server, service};
use chappe_api::{enums, functions};
use chappe_server::SeenOutcome;

#[tokio::test]
async fn the_server_sees_sizes_and_noise() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut seen = server.observations();
    let mut secret = crate::common::data(0);
    for (index, byte) in secret.iter_mut().enumerate() {
        *byte = index as u8;
    }
    pair.alice.call(service(&pair.peer_a, 1, secret.clone())).await.unwrap();
    let call = seen.next().await.unwrap();
    assert_eq!(call.method, "messages.sendEncryptedService");
    assert_eq!(call.user_id, Some(pair.alice_user.id));
    assert_eq!(call.first_bytes, secret[..16]);
    assert!(call.request_len > secret.len() && call.request_len < secret.len() + 64);
    assert_eq!(call.outcome, SeenOutcome::Answer { response_len: 8 });

    pair.alice.call(service(&pair.peer_a, 1, vec![1; 3])).await.unwrap_err();
    let call = seen.next().await.unwrap();
    assert_eq!(call.outcome, SeenOutcome::Error { code: 400, text: "DATA_INVALID".into() });

    server.shutdown().await;
    assert_eq!(seen.next().await, None);
}

#[tokio::test]
async fn what_is_not_there_is_refused_counted_and_closes_nothing() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    // A method that no layer has.
    let call =
        client.session.call(crate::common::init(232, &0x1234_5678_u32.to_le_bytes()), Default::default());
    let error = client.finish_raw(call).await.unwrap_err();
    assert_eq!((error.code, error.text().as_str()), (400, "INPUT_METHOD_INVALID_305419896_232"));
    // One that exists and is not implemented: 400 where it may be asked before login, else 401.
    let config = functions::help::GetPremiumPromo {};
    assert_eq!(client.error(config.clone()).await, (400, "METHOD_NOT_IMPLEMENTED".into()));
    let status = functions::payments::GetStarsTopupOptions {};
    assert_eq!(client.error(status.clone()).await, (401, "AUTH_KEY_UNREGISTERED".into()));
    client.log_in(ALICE, "Alice").await;
    assert_eq!(client.error(status).await, (400, "METHOD_NOT_IMPLEMENTED".into()));
    // A query that ends in the middle.
    let short = 0x0d91_a548_u32.to_le_bytes().to_vec();
    let call = client.session.call(short, Default::default());
    assert_eq!(client.finish_raw(call).await.unwrap_err().text(), "INPUT_FETCH_ERROR");

    let counts = server.unimplemented();
    assert_eq!(counts.get("help.getPremiumPromo"), Some(&1));
    assert_eq!(counts.get("payments.getStarsTopupOptions"), Some(&2));
    assert_eq!(counts.get("0x12345678"), Some(&1));
    client.call(functions::help::GetConfig {}).await.expect("the connection lives");
}

#[tokio::test]
async fn an_older_layer_is_answered_in_its_own_shapes() {
    let server = server().await;
    let mut newest = Client::new(&server).await;
    newest.log_in(ALICE, "Alice").await;
    for (layer, id) in [
        (198, 0x4b46_c37e_u32),
        (214, 0x020b_1422),
        (227, 0x3177_4388),
        (232, 0xb1b8_cc83),
        (300, 0xb1b8_cc83),
    ] {
        let mut old = Client::resume(server.address(), newest.saved.clone()).await.with_layer(layer);
        let call =
            old.start(&functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }, Vec::new());
        let bytes = old.finish_raw(call).await.expect("a user");
        assert_eq!(bytes[8..12], id.to_le_bytes(), "layer {layer}");
    }
}
