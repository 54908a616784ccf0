//! Writing service objects.

use chappe_tl::{Encode, Writer};

use super::{Service, ids};

impl Service<'_> {
    /// This object as TL bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        // No field here can reach 16 MiB: ids are bounded in number, answers are raw.
        writer.into_inner()
    }

    fn write(&self, to: &mut Writer) {
        match self {
            Self::RpcResult { req_msg_id, result } => {
                ids(to, ids::RPC_RESULT, &[req_msg_id.0]);
                to.raw(result);
            }
            Self::RpcError { code, text } => {
                to.u32(ids::RPC_ERROR);
                to.i32(*code);
                to.bytes(text.as_bytes());
            }
            Self::RpcDropAnswer { req_msg_id } => ids(to, ids::RPC_DROP_ANSWER, &[req_msg_id.0]),
            Self::RpcAnswerDropped => to.u32(ids::RPC_ANSWER_UNKNOWN),
            Self::GetFutureSalts { num } => {
                to.u32(ids::GET_FUTURE_SALTS);
                to.i32(*num);
            }
            Self::FutureSalts { req_msg_id, now, salts } => {
                ids(to, ids::FUTURE_SALTS, &[req_msg_id.0]);
                to.i32(*now);
                to.count(salts.len());
                for entry in salts {
                    to.i32(entry.valid_since);
                    to.i32(entry.valid_until);
                    to.i64(entry.salt);
                }
            }
            Self::Ping { ping_id } => ids(to, ids::PING, &[*ping_id]),
            Self::PingDelayDisconnect { ping_id, disconnect_delay } => {
                ids(to, ids::PING_DELAY_DISCONNECT, &[*ping_id]);
                to.i32(*disconnect_delay);
            }
            Self::Pong { msg_id, ping_id } => ids(to, ids::PONG, &[msg_id.0, *ping_id]),
            Self::DestroySession { session_id } => ids(to, ids::DESTROY_SESSION, &[session_id.0]),
            Self::DestroySessionRes { session_id, existed } => {
                let id = if *existed { ids::DESTROY_SESSION_OK } else { ids::DESTROY_SESSION_NONE };
                ids(to, id, &[session_id.0]);
            }
            Self::DestroyAuthKey => to.u32(ids::DESTROY_AUTH_KEY),
            Self::DestroyAuthKeyRes { id } => to.u32(*id),
            Self::NewSessionCreated { first_msg_id, unique_id, server_salt } => {
                ids(to, ids::NEW_SESSION_CREATED, &[first_msg_id.0, *unique_id, *server_salt]);
            }
            Self::MsgCopy(item) => {
                to.u32(ids::MSG_COPY);
                ids(to, ids::MESSAGE, &[item.msg_id.0]);
                to.i32(item.seq_no.0);
                to.u32(item.body.len() as u32);
                to.raw(item.body);
            }
            Self::MsgsAck { msg_ids } => list(to, ids::MSGS_ACK, msg_ids),
            Self::BadMsg { bad_msg_id, bad_msg_seq_no, code, new_salt } => {
                let id = if new_salt.is_some() { ids::BAD_SERVER_SALT } else { ids::BAD_MSG_NOTIFICATION };
                ids(to, id, &[bad_msg_id.0]);
                to.i32(bad_msg_seq_no.0);
                to.i32(*code);
                if let Some(salt) = new_salt {
                    to.i64(*salt);
                }
            }
            Self::MsgsStateReq { msg_ids } => list(to, ids::MSGS_STATE_REQ, msg_ids),
            Self::MsgsStateInfo { req_msg_id, info } => {
                ids(to, ids::MSGS_STATE_INFO, &[req_msg_id.0]);
                to.bytes(info);
            }
            Self::MsgsAllInfo { msg_ids, info } => {
                list(to, ids::MSGS_ALL_INFO, msg_ids);
                to.bytes(info);
            }
            Self::MsgDetailedInfo { msg_id, answer_msg_id } => {
                match msg_id {
                    Some(msg_id) => ids(to, ids::MSG_DETAILED_INFO, &[msg_id.0, answer_msg_id.0]),
                    None => ids(to, ids::MSG_NEW_DETAILED_INFO, &[answer_msg_id.0]),
                }
                to.i64(0);
            }
            Self::MsgResendReq { msg_ids, answers } => {
                list(to, if *answers { ids::MSG_RESEND_ANS_REQ } else { ids::MSG_RESEND_REQ }, msg_ids);
            }
            Self::HttpWait => {
                to.u32(ids::HTTP_WAIT);
                to.raw(&[0; 12]);
            }
        }
    }
}

fn ids(to: &mut Writer, id: u32, numbers: &[i64]) {
    to.u32(id);
    numbers.iter().for_each(|number| to.i64(*number));
}

fn list(to: &mut Writer, id: u32, msg_ids: &Vec<i64>) {
    to.u32(id);
    msg_ids.encode(to);
}
