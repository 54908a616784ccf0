//! The service objects of a session, as they come in and as they go out.
//!
//! Source: <https://core.telegram.org/mtproto/service_messages>,
//! <https://core.telegram.org/mtproto/service_messages_about_messages>

mod read;
mod write;

use super::container::Item;
use crate::session::{FutureSalt, MsgId, SeqNo, SessionId};

/// Constructor ids of the service objects.
#[allow(missing_docs)]
pub mod ids {
    pub const RPC_RESULT: u32 = 0xf35c_6d01;
    pub const RPC_ERROR: u32 = 0x2144_ca19;
    pub const RPC_DROP_ANSWER: u32 = 0x58e4_a740;
    pub const RPC_ANSWER_UNKNOWN: u32 = 0x5e2a_d36e;
    pub const RPC_ANSWER_DROPPED_RUNNING: u32 = 0xcd78_e586;
    pub const RPC_ANSWER_DROPPED: u32 = 0xa43a_d8b7;
    pub const GET_FUTURE_SALTS: u32 = 0xb921_bd04;
    pub const FUTURE_SALTS: u32 = 0xae50_0895;
    pub const PING: u32 = 0x7abe_77ec;
    pub const PING_DELAY_DISCONNECT: u32 = 0xf342_7b8c;
    pub const PONG: u32 = 0x3477_73c5;
    pub const DESTROY_SESSION: u32 = 0xe751_2126;
    pub const DESTROY_SESSION_OK: u32 = 0xe220_45fc;
    pub const DESTROY_SESSION_NONE: u32 = 0x62d3_50c9;
    pub const DESTROY_AUTH_KEY: u32 = 0xd143_5160;
    pub const DESTROY_AUTH_KEY_OK: u32 = 0xf660_e1d4;
    pub const DESTROY_AUTH_KEY_NONE: u32 = 0x0a9f_2259;
    pub const DESTROY_AUTH_KEY_FAIL: u32 = 0xea10_9b13;
    pub const NEW_SESSION_CREATED: u32 = 0x9ec2_0908;
    pub const MSG_CONTAINER: u32 = 0x73f1_f8dc;
    pub const MSG_COPY: u32 = 0xe060_46b2;
    pub const MESSAGE: u32 = 0x5bb8_e511;
    pub const GZIP_PACKED: u32 = 0x3072_cfa1;
    pub const MSGS_ACK: u32 = 0x62d6_b459;
    pub const BAD_MSG_NOTIFICATION: u32 = 0xa7ef_f811;
    pub const BAD_SERVER_SALT: u32 = 0xedab_447b;
    pub const MSGS_STATE_REQ: u32 = 0xda69_fb52;
    pub const MSGS_STATE_INFO: u32 = 0x04de_b57d;
    pub const MSGS_ALL_INFO: u32 = 0x8cc0_d131;
    pub const MSG_DETAILED_INFO: u32 = 0x276d_3ec6;
    pub const MSG_NEW_DETAILED_INFO: u32 = 0x809d_b6df;
    pub const MSG_RESEND_REQ: u32 = 0x7d86_1a08;
    pub const MSG_RESEND_ANS_REQ: u32 = 0x8610_baeb;
    pub const HTTP_WAIT: u32 = 0x9299_359f;
}

/// The codes of `bad_msg_notification`.
pub mod bad_msg_code {
    /// The clock of the client is behind.
    pub const MSG_ID_TOO_LOW: i32 = 16;
    /// The clock of the client is ahead.
    pub const MSG_ID_TOO_HIGH: i32 = 17;
    /// The id is not divisible by four.
    pub const MSG_ID_BITS: i32 = 18;
    /// A container has the id of an earlier message.
    pub const CONTAINER_ID_USED: i32 = 19;
    /// So old that the server cannot tell whether it was received.
    pub const TOO_OLD: i32 = 20;
    /// The number is below that of an earlier message.
    pub const SEQ_NO_TOO_LOW: i32 = 32;
    /// The number is above that of a later message.
    pub const SEQ_NO_TOO_HIGH: i32 = 33;
    /// The message is not content-related, its number says it is.
    pub const EVEN_SEQ_NO_EXPECTED: i32 = 34;
    /// The message is content-related, its number says it is not.
    pub const ODD_SEQ_NO_EXPECTED: i32 = 35;
    /// Wrong salt; comes as `bad_server_salt`.
    pub const BAD_SALT: i32 = 48;
    /// Malformed container.
    pub const BAD_CONTAINER: i32 = 64;
}

/// The bits of the bytes in `msgs_state_info`.
pub mod state_bits {
    /// The three bits that say whether the message was received.
    pub const MASK: u8 = 7;
    /// Nothing is known: too old.
    pub const UNKNOWN: u8 = 1;
    /// Not received.
    pub const NOT_RECEIVED: u8 = 2;
    /// Not received, and the id is too high.
    pub const TOO_HIGH: u8 = 3;
    /// Received.
    pub const RECEIVED: u8 = 4;
    /// Already acknowledged.
    pub const ACKNOWLEDGED: u8 = 8;
    /// Needs no acknowledgement.
    pub const NO_ACK_NEEDED: u8 = 16;
    /// A call that is being executed or done.
    pub const CALL: u8 = 32;
    /// An answer exists.
    pub const ANSWERED: u8 = 64;
}

/// A service object, borrowed from the message that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Service<'a> {
    /// `rpc_result#f35c6d01 req_msg_id:long result:Object = RpcResult`
    RpcResult { req_msg_id: MsgId, result: &'a [u8] },
    /// `rpc_error#2144ca19 error_code:int error_message:string = RpcError`
    RpcError { code: i32, text: String },
    /// `rpc_drop_answer#58e4a740 req_msg_id:long = RpcDropAnswer`
    RpcDropAnswer { req_msg_id: MsgId },
    /// `rpc_answer_unknown#5e2ad36e = RpcDropAnswer`, `rpc_answer_dropped_running#cd78e586 = RpcDropAnswer`,
    /// `rpc_answer_dropped#a43ad8b7 msg_id:long seq_no:int bytes:int = RpcDropAnswer`
    RpcAnswerDropped,
    /// `get_future_salts#b921bd04 num:int = FutureSalts`
    GetFutureSalts { num: i32 },
    /// `future_salts#ae500895 req_msg_id:long now:int salts:vector<future_salt> = FutureSalts`
    FutureSalts { req_msg_id: MsgId, now: i32, salts: Vec<FutureSalt> },
    /// `ping#7abe77ec ping_id:long = Pong`
    Ping { ping_id: i64 },
    /// `ping_delay_disconnect#f3427b8c ping_id:long disconnect_delay:int = Pong`
    PingDelayDisconnect { ping_id: i64, disconnect_delay: i32 },
    /// `pong#347773c5 msg_id:long ping_id:long = Pong`
    Pong { msg_id: MsgId, ping_id: i64 },
    /// `destroy_session#e7512126 session_id:long = DestroySessionRes`
    DestroySession { session_id: SessionId },
    /// `destroy_session_ok#e22045fc`, `destroy_session_none#62d350c9 session_id:long = DestroySessionRes`
    DestroySessionRes { session_id: SessionId, existed: bool },
    /// `destroy_auth_key#d1435160 = DestroyAuthKeyRes`
    DestroyAuthKey,
    /// `destroy_auth_key_ok#f660e1d4`, `destroy_auth_key_none#0a9f2259`,
    /// `destroy_auth_key_fail#ea109b13 = DestroyAuthKeyRes`; the id tells which.
    DestroyAuthKeyRes { id: u32 },
    /// `new_session_created#9ec20908 first_msg_id:long unique_id:long server_salt:long = NewSession`
    NewSessionCreated { first_msg_id: MsgId, unique_id: i64, server_salt: i64 },
    /// `msg_copy#e06046b2 orig_message:Message = MessageCopy`
    MsgCopy(Item<'a>),
    /// `msgs_ack#62d6b459 msg_ids:Vector<long> = MsgsAck`
    MsgsAck { msg_ids: Vec<i64> },
    /// `bad_msg_notification#a7eff811 bad_msg_id:long bad_msg_seqno:int error_code:int = BadMsgNotification`;
    /// with a salt `bad_server_salt#edab447b … new_server_salt:long = BadMsgNotification`
    BadMsg { bad_msg_id: MsgId, bad_msg_seq_no: SeqNo, code: i32, new_salt: Option<i64> },
    /// `msgs_state_req#da69fb52 msg_ids:Vector<long> = MsgsStateReq`
    MsgsStateReq { msg_ids: Vec<i64> },
    /// `msgs_state_info#04deb57d req_msg_id:long info:bytes = MsgsStateInfo`
    MsgsStateInfo { req_msg_id: MsgId, info: &'a [u8] },
    /// `msgs_all_info#8cc0d131 msg_ids:Vector<long> info:bytes = MsgsAllInfo`. Understood by both roles and sent by
    /// neither: acknowledgements and `msgs_state_info` say the same, and the protocol leaves it to the sender.
    MsgsAllInfo { msg_ids: Vec<i64>, info: &'a [u8] },
    /// `msg_detailed_info#276d3ec6 msg_id:long answer_msg_id:long bytes:int status:int = MsgDetailedInfo`;
    /// without the first id `msg_new_detailed_info#809db6df`
    MsgDetailedInfo { msg_id: Option<MsgId>, answer_msg_id: MsgId },
    /// `msg_resend_req#7d861a08 msg_ids:Vector<long> = MsgResendReq`, and
    /// `msg_resend_ans_req#8610baeb`, which asks for the answers to those messages instead
    MsgResendReq { msg_ids: Vec<i64>, answers: bool },
    /// `http_wait#9299359f max_delay:int wait_after:int max_wait:int = HttpWait`
    HttpWait,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::limits;

    #[test]
    fn every_object_comes_back_and_no_cut_one_does() {
        let (msg_id, session_id) = (MsgId(0x0102_0304_0506_0708), SessionId(-7));
        let objects = [
            Service::RpcResult { req_msg_id: msg_id, result: b"abcd" },
            Service::RpcError { code: 420, text: "FLOOD_WAIT_3".into() },
            Service::RpcDropAnswer { req_msg_id: msg_id },
            Service::RpcAnswerDropped,
            Service::GetFutureSalts { num: 64 },
            Service::FutureSalts {
                req_msg_id: msg_id,
                now: 5,
                salts: vec![FutureSalt { valid_since: 1, valid_until: 2, salt: 3 }; 9],
            },
            Service::Ping { ping_id: 9 },
            Service::PingDelayDisconnect { ping_id: 9, disconnect_delay: 75 },
            Service::Pong { msg_id, ping_id: 9 },
            Service::DestroySession { session_id },
            Service::DestroySessionRes { session_id, existed: true },
            Service::DestroySessionRes { session_id, existed: false },
            Service::DestroyAuthKey,
            Service::DestroyAuthKeyRes { id: ids::DESTROY_AUTH_KEY_NONE },
            Service::NewSessionCreated { first_msg_id: msg_id, unique_id: 1, server_salt: 2 },
            Service::MsgCopy(Item { msg_id, seq_no: SeqNo(1), body: b"abcd" }),
            Service::MsgsAck { msg_ids: vec![1, 2, 3] },
            Service::BadMsg { bad_msg_id: msg_id, bad_msg_seq_no: SeqNo(4), code: 16, new_salt: None },
            Service::BadMsg { bad_msg_id: msg_id, bad_msg_seq_no: SeqNo(4), code: 48, new_salt: Some(5) },
            Service::MsgsStateReq { msg_ids: vec![] },
            Service::MsgsStateInfo { req_msg_id: msg_id, info: b"\x04\x01" },
            Service::MsgsAllInfo { msg_ids: vec![1], info: b"\x04" },
            Service::MsgDetailedInfo { msg_id: Some(msg_id), answer_msg_id: MsgId(1) },
            Service::MsgDetailedInfo { msg_id: None, answer_msg_id: MsgId(1) },
            Service::MsgResendReq { msg_ids: vec![1], answers: false },
            Service::MsgResendReq { msg_ids: vec![1], answers: true },
            Service::HttpWait,
        ];
        for object in objects {
            let bytes = object.to_bytes();
            assert_eq!(Service::parse(&bytes).unwrap(), Some(object.clone()));
            if matches!(object, Service::RpcResult { .. }) {
                continue;
            }
            for len in 0..bytes.len() {
                assert!(Service::parse(&bytes[..len]).is_err(), "{object:?} cut at {len}");
            }
        }
        assert_eq!(Service::parse(&0xc4f9_186b_u32.to_le_bytes()), Ok(None), "help.getConfig");
    }

    #[test]
    fn lists_of_ids_are_bounded() {
        let too_long = Service::MsgsAck { msg_ids: vec![1; limits::MAX_IDS + 1] }.to_bytes();
        assert!(Service::parse(&too_long).is_err());
    }
}
