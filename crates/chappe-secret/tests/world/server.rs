//! The server's part.

use chappe_secret::{
    Call, ChatHead, ChatUpdate, DhConfig, EncryptedFile, EncryptedMessage, InputFile, Request, Response,
    RpcFailure, SecretChatId,
};
use rand_chacha::rand_core::Rng;

use super::{Delivery, ServerChat, World};

impl World {
    pub(super) fn head(&self, viewer: usize) -> ChatHead {
        let id = SecretChatId(self.chat.as_ref().unwrap().id);
        ChatHead { id, access_hash: 1000 + viewer as i64, date: 5, admin_id: 100, participant_id: 200 }
    }

    pub(crate) fn call(&mut self, who: usize, request: Request) {
        let Request { id, call, after } = request;
        self.users[who].calls.push(call.clone());
        let method = call.method();
        if let Some(at) = self.troubles.iter().position(|t| t.who == who && t.method == method) {
            let trouble = self.troubles.remove(at);
            if trouble.done {
                let _ = self.serve(who, call);
            }
            return self.users[who].answers.push_back((id, Err(trouble.failure)));
        }
        let sends = matches!(
            call,
            Call::SendEncrypted { .. } | Call::SendEncryptedFile { .. } | Call::SendEncryptedService { .. }
        );
        let failure = if after.is_some_and(|before| self.users[who].failed.contains(&before)) {
            Some(RpcFailure::new(500, "MSG_WAIT_FAILED"))
        } else if sends
            && self.fail_next.front().is_some_and(|(other, failure)| {
                *other == who && (failure.name != "DATA_TOO_LONG" || self.is_new_content(who, &call))
            })
        {
            self.fail_next.pop_front().map(|(_, failure)| failure)
        } else {
            None
        };
        if let Some(failure) = failure {
            self.users[who].failed.insert(id);
            return self.users[who].answers.push_back((id, Err(failure)));
        }
        let response = self.serve(who, call);
        self.users[who].answers.push_back((id, response));
    }

    fn is_new_content(&self, who: usize, call: &Call) -> bool {
        match call {
            Call::SendEncrypted { data, silent: false, .. } | Call::SendEncryptedFile { data, .. } => {
                !self.users[who].taken.contains(data)
            }
            _ => false,
        }
    }

    fn server_date(&self) -> i32 {
        self.now.unix_secs_i32() + self.server_ahead
    }

    fn tampered(&self, mut update: ChatUpdate) -> ChatUpdate {
        if let Some(tamper) = self.tamper {
            tamper(&mut update);
        }
        update
    }

    fn serve(&mut self, who: usize, call: Call) -> Result<Response, RpcFailure> {
        let other = 1 - who;
        match call {
            Call::GetDhConfig { version, .. } => {
                let mut random = vec![0; 256];
                self.rng.fill_bytes(&mut random);
                let new = (version != 9).then(|| DhConfig { version: 9, g: self.dh.0, p: self.dh.1.clone() });
                Ok(Response::DhConfig { new, random })
            }
            Call::RequestEncryption { random_id, g_a, .. } => {
                if self.chat.is_some() {
                    return Err(RpcFailure::new(400, "RANDOM_ID_DUPLICATE"));
                }
                let id = if self.own_numbers { 4242 } else { random_id };
                self.chat = Some(ServerChat { id, g_a: g_a.clone(), ..ServerChat::default() });
                let update = ChatUpdate::Requested { chat: self.head(other), g_a, folder_id: None };
                let update = self.tampered(update);
                self.users[other].inbox.push_back(Delivery::Update(update));
                Ok(Response::Chat(ChatUpdate::Waiting { chat: self.head(who) }))
            }
            Call::AcceptEncryption { g_b, key_fingerprint, .. } => {
                let (mine, theirs) = (self.head(who), self.head(other));
                let chat = self.chat.as_mut().unwrap();
                if chat.discarded {
                    return Err(RpcFailure::new(400, "ENCRYPTION_ALREADY_DECLINED"));
                }
                let again = chat.g_b == g_b && chat.fingerprint == key_fingerprint;
                if chat.accepted && self.idempotent && again {
                    let g_a_or_b = chat.g_a.clone();
                    return Ok(Response::Chat(ChatUpdate::Accepted {
                        chat: mine,
                        g_a_or_b,
                        key_fingerprint,
                    }));
                }
                if chat.accepted {
                    return Err(RpcFailure::new(400, "ENCRYPTION_ALREADY_ACCEPTED"));
                }
                chat.accepted = true;
                (chat.g_b, chat.fingerprint) = (g_b.clone(), key_fingerprint);
                let g_a = chat.g_a.clone();
                let update = ChatUpdate::Accepted { chat: theirs, g_a_or_b: g_b, key_fingerprint };
                let update = self.tampered(update);
                self.users[other].inbox.push_back(Delivery::Update(update));
                Ok(Response::Chat(ChatUpdate::Accepted { chat: mine, g_a_or_b: g_a, key_fingerprint }))
            }
            Call::DiscardEncryption { chat_id, delete_history } => {
                let chat = self.chat.as_mut().unwrap();
                if !chat.discarded {
                    chat.discarded = true;
                    let update = ChatUpdate::Discarded { id: chat_id, history_deleted: delete_history };
                    self.users[other].inbox.push_back(Delivery::Update(update));
                }
                Ok(Response::Done)
            }
            Call::SendEncrypted { random_id, data, .. } => self.deliver(who, random_id, data, None, false),
            Call::SendEncryptedFile { random_id, data, file, .. } => {
                let (id, claimed) = match file {
                    InputFile::Big { id, key_fingerprint, .. }
                    | InputFile::Uploaded { id, key_fingerprint, .. } => (id, key_fingerprint),
                    InputFile::Stored { id, access_hash } => {
                        assert_eq!(access_hash, id * 11);
                        (id, self.files[&id].key_fingerprint)
                    }
                };
                let file = self.files[&id];
                assert_eq!(file.key_fingerprint, claimed);
                self.deliver(who, random_id, data, Some(file), false)
            }
            Call::SendEncryptedService { random_id, data, .. } => {
                self.deliver(who, random_id, data, None, true)
            }
            Call::ReadEncryptedHistory { max_date, .. } if max_date > self.server_date() => {
                Err(RpcFailure::new(400, "MAX_DATE_INVALID"))
            }
            Call::ReadEncryptedHistory { max_date, .. } => {
                self.users[other].inbox.push_back(Delivery::Read { max_date, date: self.server_date() });
                Ok(Response::Done)
            }
            _ => Ok(Response::Done),
        }
    }

    fn deliver(
        &mut self,
        who: usize,
        random_id: i64,
        bytes: Vec<u8>,
        file: Option<EncryptedFile>,
        service: bool,
    ) -> Result<Response, RpcFailure> {
        let other = 1 - who;
        let chat = self.chat.as_ref().unwrap();
        if chat.discarded {
            return Err(RpcFailure::new(400, "ENCRYPTION_DECLINED"));
        }
        self.users[who].taken.insert(bytes.clone());
        let date = self.server_date();
        // A call repeated after a restart is not delivered twice.
        if self.users[who].seen.insert(random_id) {
            let message =
                EncryptedMessage { chat: SecretChatId(chat.id), random_id, date, bytes, file, service };
            let copies = match (self.percent(self.faults.drop), self.percent(self.faults.double)) {
                (true, _) => 0,
                (false, false) => 1,
                (false, true) => 2,
            };
            for _ in 0..copies {
                let at = self.users[other].inbox.len();
                let at = if self.percent(self.faults.reorder) { at.saturating_sub(3) } else { at };
                // Only messages pass each other.
                let least = self.users[other]
                    .inbox
                    .iter()
                    .rposition(|d| matches!(d, Delivery::Update(_)))
                    .map_or(0, |i| i + 1);
                self.users[other].inbox.insert(at.max(least), Delivery::Message(message.clone()));
            }
        }
        Ok(Response::Sent { date, file })
    }
}
