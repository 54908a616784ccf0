//! How clients in the field number their messages: the server must refuse none of them.

use chappe_crypto::Role;
use chappe_mtproto::rpc::container::{self, Item};
use chappe_mtproto::rpc::service::{Service, bad_msg_code};
use chappe_mtproto::session::server::ConnectionId;
use chappe_mtproto::session::{MsgId, SeqNo};

use crate::pair::{GET_CONFIG, Pair, read, seal};

/// A client that numbers its messages by hand, and what the server refused.
struct Client {
    pair: Pair,
    base: i64,
    refused: Vec<(i64, i32)>,
    /// Ids are counted from here, so that they fit on a line.
    calls: usize,
}

fn ping() -> Vec<u8> {
    Service::Ping { ping_id: 1 }.to_bytes()
}

fn ack() -> Vec<u8> {
    Service::MsgsAck { msg_ids: vec![5] }.to_bytes()
}

impl Client {
    fn new() -> Self {
        let mut pair = Pair::connected();
        let base = pair.client_id(1);
        Self { pair, base, refused: Vec::new(), calls: 0 }
    }

    /// Sends a message of its own under the id `base + 4 * at`.
    fn send(&mut self, at: i64, seq_no: i32, body: &[u8]) {
        let (session_id, salt) = (self.pair.server.session_id(), self.pair.salt());
        let ids = (MsgId(self.base + 4 * at), SeqNo(seq_no));
        let packet = seal(Role::Initiator, salt, session_id, ids.0, ids.1, body, &mut self.pair.rng);
        self.pair.deliver_to_server(packet);
        for packet in std::mem::take(&mut self.pair.to_client) {
            for message in read(Role::Responder, packet) {
                if let Ok(Some(Service::BadMsg { bad_msg_id, code, .. })) = Service::parse(&message.body) {
                    self.refused.push(((bad_msg_id.0 - self.base) / 4, code));
                }
            }
        }
        self.calls += std::mem::take(&mut self.pair.calls).len();
    }

    fn call(&mut self, at: i64, seq_no: i32) {
        self.send(at, seq_no, &GET_CONFIG);
    }

    /// Sends a container under `base + 4 * at`.
    fn container(&mut self, at: i64, seq_no: i32, items: &[(i64, i32, &[u8])]) {
        let base = self.base;
        let item = |(at, seq_no, body): &(i64, i32, &'static [u8])| Item {
            msg_id: MsgId(base + 4 * at),
            seq_no: SeqNo(*seq_no),
            body,
        };
        let owned: Vec<(i64, i32, &'static [u8])> =
            items.iter().map(|(at, seq_no, body)| (*at, *seq_no, &*body.to_vec().leak())).collect();
        let body = container::write(owned.iter().map(item));
        self.send(at, seq_no, &body);
    }

    /// Nothing was refused, and `calls` were executed.
    fn assert_content(&self, calls: usize) {
        assert_eq!((&self.refused[..], self.calls), (&[][..], calls));
    }
}

#[test]
fn tdlib_sends_service_messages_with_even_numbers() {
    let mut client = Client::new();
    client.call(1, 101);
    client.send(2, 102, &Service::PingDelayDisconnect { ping_id: 1, disconnect_delay: 135 }.to_bytes());
    client.send(3, 102, &Service::GetFutureSalts { num: 64 }.to_bytes());
    client.send(4, 102, &Service::MsgsStateReq { msg_ids: vec![8] }.to_bytes());
    client.send(5, 102, &Service::RpcDropAnswer { req_msg_id: MsgId(8) }.to_bytes());
    client.call(6, 103);
    client.assert_content(2);
}

#[test]
fn tdlib_numbers_queries_before_it_packs_them_with_acknowledgements() {
    let mut client = Client::new();
    // Queries get their numbers when they are made, acknowledgements when the container is written.
    client.container(
        9,
        106,
        &[(1, 101, &GET_CONFIG), (2, 103, &GET_CONFIG), (8, 106, &ack()), (3, 105, &GET_CONFIG)],
    );
    client.call(10, 107);
    client.assert_content(4);
}

#[test]
fn tdlib_uses_two_connections_for_one_session() {
    let mut client = Client::new();
    for (connection, at, seq_no) in
        [(1, 1, 101), (2, 4, 107), (1, 2, 103), (2, 6, 111), (1, 5, 109), (2, 3, 105), (1, 7, 113)]
    {
        client.pair.connection = ConnectionId(connection);
        client.call(at, seq_no);
        client.send(at + 100 * connection as i64, 112, &ping());
    }
    client.assert_content(7);
}

#[test]
fn telethon_and_gramjs_count_pings_as_calls() {
    let mut client = Client::new();
    client.call(1, 101);
    client.send(2, 103, &ping());
    client.send(3, 105, &Service::GetFutureSalts { num: 1 }.to_bytes());
    client.send(4, 106, &ack());
    client.send(
        5,
        107,
        &Service::DestroySession { session_id: chappe_mtproto::session::SessionId(9) }.to_bytes(),
    );
    client.call(6, 109);
    // The answer to a state request is no request.
    client.send(7, 110, &Service::MsgsStateInfo { req_msg_id: MsgId(5), info: &[1] }.to_bytes());
    client.assert_content(2);
}

#[test]
fn telethon_gramjs_and_grammers_go_back_when_they_are_told_the_time() {
    let mut client = Client::new();
    // Their clock was ahead, within the window, and their memory of the last id goes with the correction.
    client.call(1_000_000, 101);
    client.call(1_000_001, 103);
    client.call(1, 105);
    client.call(2, 107);
    client.container(5, 110, &[(3, 109, &GET_CONFIG), (4, 110, &ack())]);
    client.call(1_000_002, 111);
    client.assert_content(6);
}

#[test]
fn telethon_and_gramjs_find_back_from_a_number_that_is_too_low() {
    let mut client = Client::new();
    client.call(1, 201);
    client.call(2, 101);
    assert_eq!(client.refused, [(2, bad_msg_code::SEQ_NO_TOO_LOW)]);
    client.refused.clear();
    // They add 64 calls to their counter, again and again if need be.
    client.call(3, 101 + 128);
    client.call(4, 103 + 128);
    client.assert_content(3);
}

#[test]
fn telethon_and_gramjs_find_back_from_a_number_that_is_too_high() {
    let mut client = Client::new();
    client.call(20, 121);
    client.call(10, 119);
    client.call(30, 131);
    client.call(5, 129);
    assert_eq!(client.refused, [(5, bad_msg_code::SEQ_NO_TOO_HIGH)]);
    client.refused.clear();
    // They take 16 calls from their counter.
    client.call(6, 129 - 32);
    client.assert_content(4);
}

#[test]
fn gramjs_acknowledges_its_own_messages() {
    let mut client = Client::new();
    client.call(1, 101);
    let own = Service::MsgsAck { msg_ids: vec![client.base + 4] }.to_bytes();
    client.send(2, 102, &own);
    client.call(3, 103);
    client.assert_content(2);
}

#[test]
fn mtcute_sends_lost_calls_again_under_their_old_numbers() {
    let mut client = Client::new();
    client.call(1, 101);
    // 2 and 3 are lost.
    client.call(4, 107);
    let lost: [(i64, i32, &[u8]); 3] = [(2, 103, &GET_CONFIG), (3, 105, &GET_CONFIG), (5, 109, &GET_CONFIG)];
    client.container(6, 110, &lost);
    // And once more, because the answers are late: recognised, not executed.
    client.container(7, 110, &lost);
    client.container(8, 110, &[(4, 107, &GET_CONFIG), (1, 101, &GET_CONFIG)]);
    client.assert_content(5);
}

#[test]
fn mtcute_repeats_a_call_bare_after_a_wrong_salt() {
    let mut client = Client::new();
    let id = client.base + 4;
    let answers = client.pair.inject(5, id, 101, &GET_CONFIG);
    assert!(matches!(
        Service::parse(&answers[0].body),
        Ok(Some(Service::BadMsg { code: bad_msg_code::BAD_SALT, .. }))
    ));
    client.call(2, 103);
    client.call(1, 101);
    client.assert_content(2);
}

#[test]
fn grammers_counts_everything_but_acknowledgements_and_containers() {
    let mut client = Client::new();
    client.container(
        5,
        108,
        &[
            (1, 100, &ack()),
            (2, 101, &Service::GetFutureSalts { num: 64 }.to_bytes()),
            (3, 103, &GET_CONFIG),
            (4, 105, &Service::PingDelayDisconnect { ping_id: 1, disconnect_delay: 75 }.to_bytes()),
        ],
    );
    client.call(6, 109);
    client.assert_content(2);
}

#[test]
fn containers_and_service_messages_may_have_any_place_in_the_order() {
    let mut client = Client::new();
    client.call(5, 105);
    // Numbered before what they hold, or counted from zero.
    client.container(8, 100, &[(6, 107, &GET_CONFIG), (7, 0, &ack())]);
    client.send(9, 0, &ping());
    client.send(10, 107, &ping());
    client.send(12, 109, &ack());
    client.send(1, 1001, &ping());
    client.call(11, 109);
    client.assert_content(3);
}

#[test]
fn s16_numbers_that_contradict_each_other_are_refused() {
    use bad_msg_code::{EVEN_SEQ_NO_EXPECTED, ODD_SEQ_NO_EXPECTED, SEQ_NO_TOO_HIGH, SEQ_NO_TOO_LOW};
    let cases: [(i64, i32, &[u8], i32); 7] = [
        (30, 101, &GET_CONFIG, SEQ_NO_TOO_LOW),
        (5, 101, &GET_CONFIG, SEQ_NO_TOO_HIGH),
        (30, 99, &GET_CONFIG, SEQ_NO_TOO_LOW),
        (30, 109, &GET_CONFIG, SEQ_NO_TOO_LOW),
        (5, 109, &GET_CONFIG, SEQ_NO_TOO_HIGH),
        (30, -3, &GET_CONFIG, SEQ_NO_TOO_LOW),
        (30, 112, &GET_CONFIG, ODD_SEQ_NO_EXPECTED),
    ];
    for (at, seq_no, body, code) in cases {
        let mut client = Client::new();
        client.call(10, 101);
        client.call(20, 111);
        client.send(at, seq_no, body);
        assert_eq!(client.refused, [(at, code)]);
        assert_eq!(client.calls, 2);
        // Alone or in a container: the item is refused, and not what is beside it.
        client.refused.clear();
        client.container(41, 114, &[(at, seq_no, body), (40, 121, &GET_CONFIG)]);
        assert_eq!(client.refused, [(at, code)]);
        assert_eq!(client.calls, 3);
    }
    let mut client = Client::new();
    client.container(10, 101, &[(1, 101, &GET_CONFIG)]);
    assert_eq!((&client.refused[..], client.calls), (&[(10, EVEN_SEQ_NO_EXPECTED)][..], 0));
}
