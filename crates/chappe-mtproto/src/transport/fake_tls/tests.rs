use chappe_crypto::Now;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;
use crate::transport::{ProxySecret, ReplayGuard, TransportError};

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(5)
}

fn secret() -> ProxySecret {
    ProxySecret::fake_tls([7; 16], "proxy.example").unwrap()
}

fn now() -> Now {
    Now::from_unix_secs(1_800_000_000)
}

fn hello_of(secret: &ProxySecret, now: Now) -> (FakeTlsClient, Vec<u8>) {
    let mut client = FakeTlsClient::new(secret, now, &mut rng()).unwrap();
    let mut wire = Vec::new();
    client.send(&[], &mut wire);
    (client, wire)
}

#[test]
fn a_hello_looks_like_a_browser_of_ordinary_size() {
    let (_, wire) = hello_of(&secret(), now());
    assert_eq!(wire.len(), 517);
    assert_eq!(wire[..11], [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    assert_eq!(hello::server_name(&wire), Some(&b"proxy.example"[..]));
    let long = ProxySecret::fake_tls([7; 16], &"a".repeat(182)).unwrap();
    let (_, wire) = hello_of(&long, now());
    assert_eq!(hello::server_name(&wire).map(<[u8]>::len), Some(182));
}

#[test]
fn streams_pass_in_both_directions_whatever_the_chunks() {
    for chunk in [1, 7, 10_000] {
        let secrets = [ProxySecret::simple([1; 16]), secret()];
        let (mut client, mut wire) = hello_of(&secrets[1], now());
        let upstream: Vec<u8> = (0..9000_u32).map(|i| i as u8).collect();
        client.send(&upstream[..100], &mut wire);
        let mut replays = ReplayGuard::default();
        assert!(matches!(
            FakeTlsServer::accept(&wire[..300], &secrets, &mut replays, now(), &mut rng()),
            Ok(Hello::Incomplete)
        ));
        let Ok(Hello::Accepted { mut server, index: 1 }) =
            FakeTlsServer::accept(&wire, &secrets, &mut replays, now(), &mut rng())
        else {
            panic!("not accepted")
        };
        let downstream = vec![0xcc; 40_000];
        let mut answer = Vec::new();
        server.send(&[], &mut answer);
        server.send(&downstream, &mut answer);
        let (mut at_client, mut to_server) = (Vec::new(), Vec::new());
        for piece in answer.chunks(chunk) {
            client.receive(piece, &mut at_client, &mut to_server).unwrap();
        }
        assert!(client.is_ready());
        assert_eq!(at_client, downstream);
        client.send(&upstream[100..], &mut to_server);
        let mut at_server = Vec::new();
        for piece in to_server.chunks(chunk) {
            server.receive(piece, &mut at_server).unwrap();
        }
        assert_eq!(at_server, upstream);
    }
}

#[test]
fn a_hello_is_refused_when_old_early_replayed_changed_or_for_another_domain() {
    let (_, wire) = hello_of(&secret(), now());
    let judge = |wire: &[u8], secrets: &[ProxySecret], replays: &mut ReplayGuard, unix: u64| {
        FakeTlsServer::accept(wire, secrets, replays, Now::from_unix_secs(unix), &mut rng()).map(|_| ())
    };
    let refused = Err(TransportError::FakeTlsHello);
    let ours = [secret()];
    let mut replays = ReplayGuard::default();
    assert_eq!(judge(&wire, &ours, &mut replays, 1_800_000_600), refused);
    assert_eq!(judge(&wire, &ours, &mut replays, 1_799_999_996), refused);
    let other_domain = [ProxySecret::fake_tls([7; 16], "other.example").unwrap()];
    assert_eq!(judge(&wire, &other_domain, &mut replays, 1_800_000_000), refused);
    let other_key = [ProxySecret::fake_tls([8; 16], "proxy.example").unwrap()];
    assert_eq!(judge(&wire, &other_key, &mut replays, 1_800_000_000), refused);
    for at in (5..wire.len()).step_by(3) {
        let mut changed = wire.clone();
        changed[at] ^= 1;
        // The last four bytes of the random are the time.
        if !(39..43).contains(&at) {
            assert_eq!(judge(&changed, &ours, &mut replays, 1_800_000_000), refused, "byte {at}");
        }
    }
    assert_eq!(judge(&wire, &ours, &mut replays, 1_800_000_599), Ok(()));
    assert_eq!(judge(&wire, &ours, &mut replays, 1_800_000_599), refused);
}

#[test]
fn a_server_without_the_secret_is_refused() {
    let (mut client, wire) = hello_of(&secret(), now());
    let hello = verify_client_hello(&wire, secret().key()).unwrap();
    let answer = hello::server_answer(&[9; 16], &hello, &mut rng());
    let result = client.receive(&answer, &mut Vec::new(), &mut Vec::new());
    assert_eq!(result, Err(TransportError::FakeTlsHello));
    assert_eq!(client.receive(&[], &mut Vec::new(), &mut Vec::new()), Err(TransportError::FakeTlsHello));
}

#[test]
fn an_alert_in_the_middle_ends_the_stream() {
    let (_, wire) = hello_of(&secret(), now());
    let mut replays = ReplayGuard::default();
    let Ok(Hello::Accepted { mut server, .. }) =
        FakeTlsServer::accept(&wire, &[secret()], &mut replays, now(), &mut rng())
    else {
        panic!("not accepted")
    };
    let mut data = Vec::new();
    let result = server.receive(&[0x15, 3, 3, 0, 2, 1, 0], &mut data);
    assert_eq!(result, Err(TransportError::FakeTlsRecord { kind: 0x15, len: 2 }));
}
