//! Reading service objects.

use chappe_tl::{DecodeError, Reader};

use super::{Service, ids};
use crate::rpc::container;
use crate::session::{FutureSalt, MsgId, SeqNo, SessionId, limits};

/// A `Vector<long>` of at most [`limits::MAX_IDS`].
fn id_list(reader: &mut Reader<'_>) -> Result<Vec<i64>, DecodeError> {
    let list = reader.vector::<i64>()?;
    if list.len() > limits::MAX_IDS {
        return Err(DecodeError::VectorTooLong { count: list.len() as u32 });
    }
    Ok(list)
}

impl<'a> Service<'a> {
    /// Reads `body` if it is a service object; `None` if it is a query or an update. Containers and `gzip_packed` are not
    /// for here.
    ///
    /// # Errors
    /// It is one, but malformed.
    pub fn parse(body: &'a [u8]) -> Result<Option<Self>, DecodeError> {
        let mut reader = Reader::new(body);
        let id = reader.u32()?;
        let service = match id {
            ids::RPC_RESULT => {
                let req_msg_id = MsgId(reader.i64()?);
                let result = reader.take(reader.remaining())?;
                Self::RpcResult { req_msg_id, result }
            }
            ids::RPC_ERROR => Self::RpcError { code: reader.i32()?, text: reader.string()? },
            ids::RPC_DROP_ANSWER => Self::RpcDropAnswer { req_msg_id: MsgId(reader.i64()?) },
            ids::RPC_ANSWER_UNKNOWN | ids::RPC_ANSWER_DROPPED_RUNNING => Self::RpcAnswerDropped,
            ids::RPC_ANSWER_DROPPED => {
                reader.array::<16>()?;
                Self::RpcAnswerDropped
            }
            ids::GET_FUTURE_SALTS => Self::GetFutureSalts { num: reader.i32()? },
            ids::FUTURE_SALTS => {
                let (req_msg_id, now) = (MsgId(reader.i64()?), reader.i32()?);
                let count = reader.count(16)?;
                let salts = reader.items(count, |reader| {
                    Ok(FutureSalt {
                        valid_since: reader.i32()?,
                        valid_until: reader.i32()?,
                        salt: reader.i64()?,
                    })
                })?;
                Self::FutureSalts { req_msg_id, now, salts }
            }
            ids::PING => Self::Ping { ping_id: reader.i64()? },
            ids::PING_DELAY_DISCONNECT => {
                Self::PingDelayDisconnect { ping_id: reader.i64()?, disconnect_delay: reader.i32()? }
            }
            ids::PONG => Self::Pong { msg_id: MsgId(reader.i64()?), ping_id: reader.i64()? },
            ids::DESTROY_SESSION => Self::DestroySession { session_id: SessionId(reader.i64()?) },
            ids::DESTROY_SESSION_OK | ids::DESTROY_SESSION_NONE => Self::DestroySessionRes {
                session_id: SessionId(reader.i64()?),
                existed: id == ids::DESTROY_SESSION_OK,
            },
            ids::DESTROY_AUTH_KEY => Self::DestroyAuthKey,
            ids::DESTROY_AUTH_KEY_OK | ids::DESTROY_AUTH_KEY_NONE | ids::DESTROY_AUTH_KEY_FAIL => {
                Self::DestroyAuthKeyRes { id }
            }
            ids::NEW_SESSION_CREATED => Self::NewSessionCreated {
                first_msg_id: MsgId(reader.i64()?),
                unique_id: reader.i64()?,
                server_salt: reader.i64()?,
            },
            ids::MSG_COPY => {
                reader.expect_id(ids::MESSAGE)?;
                // Any fault of the message inside is a fault of the object.
                Self::MsgCopy(container::read_message(&mut reader).map_err(|_| DecodeError::UnexpectedEnd)?)
            }
            ids::MSGS_ACK => Self::MsgsAck { msg_ids: id_list(&mut reader)? },
            ids::BAD_MSG_NOTIFICATION | ids::BAD_SERVER_SALT => Self::BadMsg {
                bad_msg_id: MsgId(reader.i64()?),
                bad_msg_seq_no: SeqNo(reader.i32()?),
                code: reader.i32()?,
                new_salt: if id == ids::BAD_SERVER_SALT { Some(reader.i64()?) } else { None },
            },
            ids::MSGS_STATE_REQ => Self::MsgsStateReq { msg_ids: id_list(&mut reader)? },
            ids::MSGS_STATE_INFO => {
                Self::MsgsStateInfo { req_msg_id: MsgId(reader.i64()?), info: reader.bytes()? }
            }
            ids::MSGS_ALL_INFO => Self::MsgsAllInfo { msg_ids: id_list(&mut reader)?, info: reader.bytes()? },
            ids::MSG_DETAILED_INFO | ids::MSG_NEW_DETAILED_INFO => {
                let msg_id = if id == ids::MSG_DETAILED_INFO { Some(MsgId(reader.i64()?)) } else { None };
                let answer_msg_id = MsgId(reader.i64()?);
                reader.array::<8>()?;
                Self::MsgDetailedInfo { msg_id, answer_msg_id }
            }
            ids::MSG_RESEND_REQ | ids::MSG_RESEND_ANS_REQ => {
                Self::MsgResendReq { msg_ids: id_list(&mut reader)?, answers: id == ids::MSG_RESEND_ANS_REQ }
            }
            ids::HTTP_WAIT => {
                reader.array::<12>()?;
                Self::HttpWait
            }
            _ => return Ok(None),
        };
        reader.finish()?;
        Ok(Some(service))
    }
}
