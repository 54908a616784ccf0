//! Every way through a proxy, with small real ones on loopback.

use chappe::proxy::ProxySecret;
use chappe::session::MemorySession;
use chappe::{Address, Client, DataCentres, ErrorKind, Framing, Proxy, Transport, functions};
use chappe_server::Server;

use crate::common::proxies::TestProxy;
use crate::common::{builder, centres, server, soon};

async fn through(server: &Server, proxy: Proxy, websocket: bool) -> Result<(), chappe::Error> {
    let client = builder(server, MemorySession::new()).proxy(proxy).websocket(websocket).connect().await?;
    for _ in 0..2 {
        let answer = soon(client.invoke(functions::help::GetNearestDc {})).await?;
        assert_eq!(answer.this_dc, server.dc_id());
        client.reconnect();
    }
    client.disconnect().await
}

#[tokio::test]
async fn socks5_with_and_without_login() {
    let server = server().await;
    let open = TestProxy::socks5(None).await;
    let closed = TestProxy::socks5(Some(("me", "p@ss:word"))).await;
    for websocket in [false, true] {
        soon(through(&server, Proxy::socks5(open.address), websocket)).await.unwrap();
        let known: Proxy = format!("socks5://me:p%40ss%3Aword@{}", closed.address).parse().unwrap();
        soon(through(&server, known, websocket)).await.unwrap();
    }
    let asked = open.asked.lock().unwrap().clone();
    assert!(
        asked.len() >= 4 && asked.iter().all(|target| *target == server.address().to_string()),
        "{asked:?}"
    );

    let stranger = Proxy::socks5(closed.address).with_credentials("me", "wrong").unwrap();
    let error = soon(through(&server, stranger, false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("refuses user and password"), "{error}");
    let error = soon(through(&server, Proxy::socks5(closed.address), false)).await.unwrap_err();
    assert!(error.to_string().contains("wants a login"), "{error}");
}

#[tokio::test]
async fn a_name_is_resolved_by_the_proxy() {
    let server = server().await;
    let proxy = TestProxy::socks5(None).await;
    let address = Address::new("localhost", server.address().port()).unwrap();
    let there = DataCentres::single(address, server.dc_id(), server.public_key().clone());
    let client = Client::builder(1, "hash").data_centres(there).proxy(Proxy::socks5(proxy.address));
    let client = soon(client.connect()).await.unwrap();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    assert_eq!(proxy.asked.lock().unwrap()[0], format!("localhost:{}", server.address().port()));
}

#[tokio::test]
async fn http_connect_with_and_without_login() {
    let server = server().await;
    let open = TestProxy::http(None).await;
    let closed = TestProxy::http(Some("me:p@ss:word")).await;
    for websocket in [false, true] {
        soon(through(&server, Proxy::http(open.address), websocket)).await.unwrap();
        let known: Proxy = format!("http://me:p%40ss:word@{}", closed.address).parse().unwrap();
        soon(through(&server, known, websocket)).await.unwrap();
    }
    assert_eq!(open.asked.lock().unwrap()[0], server.address().to_string());
    let other = TestProxy::socks5(None).await;
    for (proxy, words) in [
        (Proxy::http(closed.address), "wants a login"),
        (Proxy::http(closed.address).with_credentials("me", "wrong").unwrap(), "refuses user and password"),
        (Proxy::http(other.address), "cannot connect"),
    ] {
        let error = soon(through(&server, proxy, false)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn mtproto_with_every_kind_of_secret() {
    let server = server().await;
    for (secret, framing) in [
        (ProxySecret::simple([7; 16]), Framing::Abridged),
        (ProxySecret::padded([8; 16]), Framing::PaddedIntermediate),
        (ProxySecret::fake_tls([9; 16], "www.example.com").unwrap(), Framing::PaddedIntermediate),
    ] {
        let proxy = TestProxy::mtproto(secret.clone(), server.address()).await;
        // The client goes to the proxy alone: there is nothing at the address of the data centre.
        let nowhere = Address::new("127.0.0.1", 1).unwrap();
        let there = DataCentres::single(nowhere, server.dc_id(), server.public_key().clone());
        let client = Client::builder(1, "hash")
            .data_centres(there)
            .transport(Transport { framing: Framing::Abridged, obfuscated: false })
            .proxy(Proxy::mtproto(proxy.address, secret.clone()));
        let client = soon(client.connect()).await.unwrap();
        for _ in 0..3 {
            soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
            client.reconnect();
        }
        let asked = proxy.asked.lock().unwrap().clone();
        assert!(asked.len() >= 3, "{asked:?}");
        let wanted = format!("{framing:?} to {}", server.dc_id());
        assert!(asked.iter().all(|told| *told == wanted), "{secret:?}: {asked:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_or_settings_that_do_not_go_together_are_refused() {
    let server = server().await;
    let proxy =
        TestProxy::mtproto(ProxySecret::fake_tls([9; 16], "www.example.com").unwrap(), server.address())
            .await;
    let wrong = ProxySecret::fake_tls([1; 16], "www.example.com").unwrap();
    let client = builder(&server, MemorySession::new()).proxy(Proxy::mtproto(proxy.address, wrong.clone()));
    let error = soon(client.connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(proxy.asked.lock().unwrap().is_empty());

    let both = Client::builder(1, "hash")
        .data_centres(centres(&server))
        .websocket(true)
        .proxy(Proxy::mtproto(proxy.address, wrong));
    assert_eq!(both.connect().await.unwrap_err().kind(), ErrorKind::Argument);
}
