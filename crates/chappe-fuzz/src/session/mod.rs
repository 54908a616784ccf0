//! Sessions of both roles. The fuzzer holds the key: what it says is encrypted here.

mod client;
mod server;

pub use client::session_client;
pub use server::session_server;

use chappe_mtproto::rpc::container::{self, Item};
use chappe_mtproto::rpc::gzip;
use chappe_mtproto::rpc::service::{Service, ids};
use chappe_mtproto::session::{FutureSalt, MsgId, SeqNo, SessionId};
use chappe_tl::Writer;

use crate::input::Input;

/// Ids of messages of the other side, the newest first.
#[derive(Default)]
struct Known(Vec<i64>);

impl Known {
    fn insert(&mut self, id: i64) {
        self.0.truncate(31);
        self.0.insert(0, id);
    }

    fn pick(&self, input: &mut Input<'_>) -> i64 {
        match input.u8() {
            0xff => input.i64(),
            at => self.0.get(usize::from(at) % self.0.len().max(1)).copied().unwrap_or(4),
        }
    }

    fn some(&self, input: &mut Input<'_>) -> Vec<i64> {
        let count = input.u8() % 6;
        (0..count).map(|_| self.pick(input)).collect()
    }
}

/// A service object that either side may send about messages of the other.
fn service(input: &mut Input<'_>, known: &Known) -> Vec<u8> {
    let object = match input.u8() % 26 {
        0..=2 => Service::RpcResult { req_msg_id: MsgId(known.pick(input)), result: input.piece() },
        3 => {
            let text = String::from_utf8_lossy(input.piece()).into_owned();
            let error = Service::RpcError { code: input.i32(), text }.to_bytes();
            return Service::RpcResult { req_msg_id: MsgId(known.pick(input)), result: &error }.to_bytes();
        }
        4 => Service::RpcDropAnswer { req_msg_id: MsgId(known.pick(input)) },
        5 => Service::RpcAnswerDropped,
        6 => Service::GetFutureSalts { num: input.i32() },
        7 => {
            let salt = |input: &mut Input<'_>| FutureSalt {
                valid_since: input.i32(),
                valid_until: input.i32(),
                salt: input.i64(),
            };
            let (req_msg_id, now) = (MsgId(known.pick(input)), input.i32());
            let salts = (0..input.u8() % 5).map(|_| salt(input)).collect();
            Service::FutureSalts { req_msg_id, now, salts }
        }
        8 => Service::Ping { ping_id: input.i64() },
        9 => Service::PingDelayDisconnect { ping_id: input.i64(), disconnect_delay: input.i32() },
        10 => Service::Pong { msg_id: MsgId(known.pick(input)), ping_id: input.i64() },
        11 => Service::DestroySession { session_id: SessionId(input.i64()) },
        12 => Service::DestroySessionRes { session_id: SessionId(input.i64()), existed: input.bool() },
        13 => Service::DestroyAuthKey,
        14 => Service::DestroyAuthKeyRes { id: ids::DESTROY_AUTH_KEY_OK },
        15 => Service::NewSessionCreated {
            first_msg_id: MsgId(known.pick(input)),
            unique_id: input.i64(),
            server_salt: input.i64(),
        },
        16 => {
            let (msg_id, seq_no) = (MsgId(known.pick(input)), SeqNo(input.i32()));
            let body = input.piece();
            Service::MsgCopy(Item { msg_id, seq_no, body: &body[..body.len() & !3] })
        }
        17 => Service::MsgsAck { msg_ids: known.some(input) },
        18 | 19 => Service::BadMsg {
            bad_msg_id: MsgId(known.pick(input)),
            bad_msg_seq_no: SeqNo(input.i32()),
            code: input.u8().into(),
            new_salt: input.bool().then(|| input.i64()),
        },
        20 => Service::MsgsStateReq { msg_ids: known.some(input) },
        21 => Service::MsgsStateInfo { req_msg_id: MsgId(known.pick(input)), info: input.piece() },
        22 => Service::MsgsAllInfo { msg_ids: known.some(input), info: input.piece() },
        23 => {
            let msg_id = input.bool().then(|| MsgId(known.pick(input)));
            Service::MsgDetailedInfo { msg_id, answer_msg_id: MsgId(known.pick(input)) }
        }
        24 => Service::MsgResendReq { msg_ids: known.some(input), answers: input.bool() },
        _ => Service::HttpWait,
    };
    object.to_bytes()
}

/// A body: a service object, raw bytes, a container of bodies with ids from `next_id`, or a packed body.
fn body(input: &mut Input<'_>, known: &Known, next_id: &mut i64, depth: u8) -> Vec<u8> {
    match input.u8() % 12 {
        0..=6 => service(input, known),
        7 | 8 => input.piece().to_vec(),
        9 if depth < 2 => {
            let mut bodies = Vec::new();
            for _ in 0..input.u8() % 5 {
                let seq_no = SeqNo(input.u8().into());
                let odd = input.u8();
                let mut one = body(input, known, next_id, depth + 1);
                one.resize(one.len().next_multiple_of(4), 0);
                *next_id += 4;
                bodies.push((MsgId(if odd == 0xff { input.i64() } else { *next_id }), seq_no, one));
            }
            let items =
                bodies.iter().map(|(msg_id, seq_no, body)| Item { msg_id: *msg_id, seq_no: *seq_no, body });
            container::write(items)
        }
        10 if depth < 2 => {
            let one = body(input, known, next_id, depth + 1);
            // Short bodies are not worth packing: fill up what may be filled up.
            let mut padded = one.clone();
            padded.resize(one.len().max(300), 0);
            gzip::pack(&padded).unwrap_or(one)
        }
        _ => {
            let mut writer = Writer::new();
            writer.u32(ids::GZIP_PACKED);
            writer.bytes(input.piece());
            writer.into_inner()
        }
    }
}
