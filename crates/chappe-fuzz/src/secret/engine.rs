use std::time::Duration;

use chappe_api::secret::{enums, types};
use chappe_crypto::Role;
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{
    Action, Call, ChatUpdate, EncryptedMessage, OutgoingText, RandomId, Request, Response, RpcFailure,
    SecretChatId, SecretLayer, envelope,
};
use chappe_tl::Encode;

use super::driver::{Driver, PEER, Scene, dh_config, head, scene};
use super::envelope::sealed;
use crate::input::Input;
use crate::support::rng;

/// Most operations of one input, and most requests that are kept for an answer.
const MAX_OPERATIONS: usize = 60;

/// The engine with one ready chat. The input is a list of operations: messages of a peer who has the key (of any content
/// and any numbers), replays, own commands, answers of the server in any order, updates, time, crashes.
///
/// Outputs end; what depends on storage waits for it; what comes out is stored; a crash at any time leaves records that
/// load; messages are delivered in order and once, crashes included; everything sent opens and reads.
pub fn secret_engine(data: &[u8]) {
    let scene = scene();
    let mut driver = Driver::start(scene.records.clone(), 22);
    driver.keys.push(scene.key.clone());
    let mut peer = Peer { scene, sent: 0, recent: Vec::new() };
    let mut input = Input::new(data);
    for _ in 0..MAX_OPERATIONS {
        if input.is_empty() {
            break;
        }
        match input.u8() % 16 {
            0..=5 => peer.speak(&mut driver, &mut input),
            6 => peer.repeat(&mut driver, &mut input),
            7 | 8 => command(&mut driver, &mut input, scene),
            9..=11 => answer(&mut driver, &mut input, scene),
            12 => pass(&mut driver, &mut input),
            13 => driver.restart(),
            14 => update(&mut driver, &mut input, scene),
            _ => reconnect(&mut driver),
        }
        driver.drain();
    }
    driver.restart();
}

struct Peer<'a> {
    scene: &'a Scene,
    /// The number of its next message.
    sent: u32,
    /// Its last envelopes.
    recent: Vec<Vec<u8>>,
}

impl Peer<'_> {
    /// A new message. One byte of flags: own numbers (bit 0), own acknowledgement (1), own layer (2), an older key (3),
    /// a qts (4), the wrong direction (5); then what is in it.
    fn speak(&mut self, driver: &mut Driver, input: &mut Input<'_>) {
        let flags = input.u8();
        let kind = input.u8() % 6;
        let out_seq_no = if flags & 1 == 0 { (self.sent as i32) << 1 } else { input.i32() };
        let seen = driver.engine.chat(self.scene.chat).map_or(0, |chat| chat.sent_count);
        let in_seq_no = if flags & 2 == 0 { (seen as i32) << 1 | 1 } else { input.i32() };
        let layer = SecretLayer(if flags & 4 == 0 { 144 } else { input.i32() });
        let key = if flags & 8 == 0 { driver.keys.last().cloned() } else { pick(input, &driver.keys) };
        let key = key.unwrap_or_else(|| self.scene.key.clone());
        let sender = if flags & 32 == 0 { Role::Responder } else { Role::Initiator };
        let body = match kind {
            0 | 1 => self.service(driver, input),
            2 => text(input),
            3 => input.piece().to_vec(),
            _ => Vec::new(),
        };
        let wrapper = Wrapper { layer, in_seq_no, out_seq_no, body: &body };
        let data = match kind {
            0..=3 => match wrapper.encode(&[0x5a; 15]) {
                Ok(object) => envelope::seal(&key, sender, &object, &mut rng(u64::from(self.sent))).ok(),
                Err(_) => None,
            },
            4 => Some(sealed(&key, sender, input.piece())),
            _ => Some(input.piece().to_vec()),
        };
        let Some(data) = data else { return };
        if flags & 1 == 0 && kind < 4 {
            self.sent += 1;
        }
        self.recent.truncate(15);
        self.recent.insert(0, data.clone());
        self.deliver(driver, data, (flags & 16 != 0).then(|| input.i32()));
    }

    fn deliver(&self, driver: &mut Driver, bytes: Vec<u8>, qts: Option<i32>) {
        let message = EncryptedMessage {
            chat: self.scene.chat,
            random_id: 1,
            date: 2,
            bytes,
            file: None,
            service: false,
        };
        driver.engine.handle_encrypted_message(message, qts, driver.now, &mut driver.random);
    }

    /// One of the last messages, once more or with a changed byte.
    fn repeat(&mut self, driver: &mut Driver, input: &mut Input<'_>) {
        let Some(mut bytes) = pick(input, &self.recent) else { return };
        let (at, change) = (usize::from(input.u16()), input.u8());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= change;
        }
        self.deliver(driver, bytes, None);
    }

    fn service(&self, driver: &Driver, input: &mut Input<'_>) -> Vec<u8> {
        use enums::DecryptedMessageAction as A;
        let (known_id, known_key) = match &driver.exchange {
            Some((id, key)) => (*id, key.fingerprint().0),
            None => (7, 7),
        };
        let proper = input.bool();
        let exchange_id = if proper { known_id } else { input.i64() };
        let key_fingerprint = if proper { known_key } else { input.i64() };
        let public = |input: &mut Input<'_>| match input.u8() % 4 {
            0 => input.piece().to_vec(),
            1 => vec![1],
            _ => self.scene.peer.public().to_vec(),
        };
        let action = match input.u8() % 13 {
            0 => A::SetMessageTtl(types::DecryptedMessageActionSetMessageTtl { ttl_seconds: input.i32() }),
            1 => A::ReadMessages(types::DecryptedMessageActionReadMessages { random_ids: ids(input) }),
            2 => A::DeleteMessages(types::DecryptedMessageActionDeleteMessages { random_ids: ids(input) }),
            3 => A::ScreenshotMessages(types::DecryptedMessageActionScreenshotMessages {
                random_ids: ids(input),
            }),
            4 => A::FlushHistory,
            5 => {
                let (start_seq_no, end_seq_no) = (input.i32(), input.i32());
                A::Resend(types::DecryptedMessageActionResend { start_seq_no, end_seq_no })
            }
            6 => A::NotifyLayer(types::DecryptedMessageActionNotifyLayer { layer: input.i32() }),
            7 => {
                let g_a = public(input);
                types::DecryptedMessageActionRequestKey { exchange_id, g_a }.into()
            }
            8 => {
                let g_b = public(input);
                types::DecryptedMessageActionAcceptKey { exchange_id, g_b, key_fingerprint }.into()
            }
            9 => A::AbortKey(types::DecryptedMessageActionAbortKey { exchange_id }),
            10 => A::CommitKey(types::DecryptedMessageActionCommitKey { exchange_id, key_fingerprint }),
            11 => A::Typing(types::DecryptedMessageActionTyping {
                action: enums::SendMessageAction::TypingAction,
            }),
            _ => A::Noop,
        };
        let random_id = i64::from(self.sent) + 1000;
        types::DecryptedMessageService { random_id, action }.to_bytes().unwrap()
    }
}

pub(super) fn text(input: &mut Input<'_>) -> Vec<u8> {
    let entity =
        types::MessageEntityPre { offset: input.i32(), length: input.i32(), language: "x".to_owned() };
    let message = types::DecryptedMessage {
        no_webpage: false,
        silent: input.bool(),
        random_id: input.i64(),
        ttl: input.i32(),
        message: String::from_utf8_lossy(input.piece()).into_owned(),
        media: None,
        entities: Some(vec![entity.into()]),
        via_bot_name: None,
        reply_to_random_id: Some(1),
        grouped_id: None,
    };
    message.to_bytes().unwrap()
}

fn ids(input: &mut Input<'_>) -> Vec<i64> {
    (0..input.u8() % 4).map(|_| input.i64()).collect()
}

fn pick<T: Clone>(input: &mut Input<'_>, items: &[T]) -> Option<T> {
    let index = usize::from(input.u8());
    items.get(index.checked_rem(items.len())?).cloned()
}

/// The chats that exist, with a number that is none.
fn chat(driver: &Driver, input: &mut Input<'_>, scene: &Scene) -> SecretChatId {
    let mut known: Vec<SecretChatId> = driver.engine.chats().map(|chat| chat.id).collect();
    known.extend([scene.chat, SecretChatId(77)]);
    pick(input, &known).unwrap_or(scene.chat)
}

/// A command of the application; errors are fine.
fn command(driver: &mut Driver, input: &mut Input<'_>, scene: &Scene) {
    let id = chat(driver, input, scene);
    let Driver { engine, now, random, .. } = driver;
    let now = *now;
    let random_ids: Vec<RandomId> = vec![RandomId(input.i64())];
    let _ = match input.u8() % 18 {
        0..=2 => {
            let text = String::from_utf8_lossy(input.piece()).into_owned();
            let text = OutgoingText { ttl: input.bool().then(|| input.i32()), ..OutgoingText::new(text) };
            engine.send_text(id, text, now, random).map(drop)
        }
        3 => engine.set_ttl(id, input.i32(), now, random).map(drop),
        4 => engine.read(id, &random_ids, now, random).map(drop),
        5 => engine.read_history(id, input.i32(), now, random),
        6 => engine.delete(id, &random_ids, now, random).map(drop),
        7 => engine.flush(id, now, random).map(drop),
        8 => engine.screenshot(id, &random_ids, now, random).map(drop),
        9 | 10 => engine.rekey(id, now, random),
        11 => engine.abort_rekey(id, now, random).map(drop),
        12 => engine.set_typing(id, input.bool(), now, random),
        13 => engine.close(id, input.bool(), now, random),
        14 => engine.forget(id),
        15 => engine.request(PEER, input.i64(), now, random).map(drop),
        16 => engine.accept(id, now, random),
        _ => engine.send_action(id, Action::NotifyLayer { layer: input.i32() }, now, random).map(drop),
    };
}

/// The server answers one of the requests, well or not, or not for now.
fn answer(driver: &mut Driver, input: &mut Input<'_>, scene: &Scene) {
    if driver.requests.is_empty() {
        return;
    }
    let index = usize::from(input.u8()) % driver.requests.len();
    let request: Request = driver.requests.swap_remove(index);
    let response = match input.u8() % 8 {
        0 => Err(RpcFailure::new(420, "FLOOD_WAIT_3")),
        1 => Err(RpcFailure::new(400, "CHAT_ID_INVALID")),
        2 => Err(RpcFailure::new(500, "MSG_WAIT_FAILED")),
        3 => Err(RpcFailure::new(400, "ENCRYPTION_DECLINED")),
        _ => Ok(match &request.call {
            Call::GetDhConfig { .. } => {
                let mut config = dh_config();
                if input.u8() == 0xff {
                    (config.g, config.p) = (input.i32(), input.piece().to_vec());
                }
                Response::DhConfig { new: input.bool().then_some(config), random: vec![input.u8(); 256] }
            }
            Call::RequestEncryption { random_id, .. } => {
                // The server may give the chat another number.
                let id = if input.bool() { *random_id } else { input.i32() };
                if let Some(g_a) = driver.asked.remove(&SecretChatId(*random_id)) {
                    driver.asked.insert(SecretChatId(id), g_a);
                }
                Response::Chat(ChatUpdate::Waiting { chat: head(SecretChatId(id)) })
            }
            Call::AcceptEncryption { peer, key_fingerprint, .. } => Response::Chat(ChatUpdate::Accepted {
                chat: head(peer.chat_id),
                g_a_or_b: scene.peer.public().to_vec(),
                key_fingerprint: *key_fingerprint,
            }),
            Call::SendEncrypted { .. } | Call::SendEncryptedService { .. } => {
                Response::Sent { date: input.i32(), file: None }
            }
            _ => Response::Done,
        }),
    };
    driver.answer(&request, response);
}

/// Time passes: a while, or to the moment the engine waits for.
fn pass(driver: &mut Driver, input: &mut Input<'_>) {
    let by = Duration::from_secs(u64::from(input.u32() % 1_000_000));
    driver.now = match driver.timeout.take() {
        Some(at) if by.is_zero() => driver.now.max(at),
        _ => driver.now.advance(by),
    };
    // A timeout that is always due again would never let the driver sleep.
    for _ in 0..20 {
        driver.engine.handle_timeout(driver.now, &mut driver.random);
        driver.drain();
        match driver.timeout {
            Some(at) if at.monotonic <= driver.now.monotonic => driver.timeout = None,
            _ => return,
        }
    }
    panic!("a timeout is due again and again");
}

/// What the server says about a chat.
fn update(driver: &mut Driver, input: &mut Input<'_>, scene: &Scene) {
    let id = if input.bool() { chat(driver, input, scene) } else { SecretChatId(input.i32()) };
    let public = if input.bool() { scene.peer.public().to_vec() } else { input.piece().to_vec() };
    let update = match input.u8() % 7 {
        0 => {
            let agreed = driver.asked.get(&id).and_then(|g_a| scene.peer.agree(g_a).ok());
            let key_fingerprint = match agreed {
                Some(key) if input.bool() => key.fingerprint().0,
                _ => input.i64(),
            };
            ChatUpdate::Accepted { chat: head(id), g_a_or_b: public, key_fingerprint }
        }
        1 => ChatUpdate::Discarded { id, history_deleted: input.bool() },
        2 => ChatUpdate::Empty { id },
        3 | 4 => {
            let mut chat = head(id);
            std::mem::swap(&mut chat.admin_id, &mut chat.participant_id);
            ChatUpdate::Requested { chat, g_a: public, folder_id: None }
        }
        5 => ChatUpdate::Waiting { chat: head(id) },
        _ => {
            driver.engine.handle_qts(input.i32());
            driver.engine.handle_typing(id);
            driver.engine.handle_read(id, input.i32(), input.i32());
            return;
        }
    };
    driver.engine.handle_encryption_update(update, 0, driver.now, &mut driver.random);
}

/// After a reconnection, the requests of the engine are what is left to do.
fn reconnect(driver: &mut Driver) {
    driver.requests = driver.engine.pending_requests();
    driver.requests.truncate(64);
}
