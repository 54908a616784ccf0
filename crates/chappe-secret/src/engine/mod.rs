//! The engine: all secret chats of one account. (Signatures first; the bodies follow.)
#![allow(clippy::todo, unused_variables, missing_debug_implementations)]

use rand_core::CryptoRng;

use crate::*;

/// All secret chats of one account.
pub struct SecretChats {}

impl SecretChats {
    /// Takes up the stored records (every [`Change::Put`] that was not removed), or starts empty.
    ///
    /// # Errors
    /// [`Error::Record`] or [`Error::RecordVersion`] if a record cannot be read.
    pub fn new(
        config: Config,
        stored: impl IntoIterator<Item = (RecordKey, Vec<u8>)>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Error> {
        todo!()
    }

    // Commands
    /// Asks a user for a chat.
    pub fn request(
        &mut self,
        user_id: i64,
        user_access_hash: i64,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<SecretChatId, Error> {
        todo!()
    }
    /// Accepts a request.
    pub fn accept(&mut self, chat: SecretChatId, now: Now) -> Result<(), Error> {
        todo!()
    }
    /// Declines a request.
    pub fn decline(&mut self, chat: SecretChatId, now: Now) -> Result<(), Error> {
        todo!()
    }
    /// Sends a text.
    pub fn send_text(
        &mut self,
        chat: SecretChatId,
        text: impl Into<OutgoingText>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Sends an action (all but those of key exchange and `Resend`, which belong to the engine), applying its own side.
    pub fn send_action(
        &mut self,
        chat: SecretChatId,
        action: Action,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Sets the timer.
    pub fn set_ttl(
        &mut self,
        chat: SecretChatId,
        seconds: i32,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Says that contents of timed messages were opened.
    pub fn read(
        &mut self,
        chat: SecretChatId,
        random_ids: Vec<RandomId>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Marks everything up to a date as read (`messages.readEncryptedHistory`).
    pub fn read_history(&mut self, chat: SecretChatId, max_date: i32, now: Now) -> Result<(), Error> {
        todo!()
    }
    /// Deletes messages on both sides.
    pub fn delete(
        &mut self,
        chat: SecretChatId,
        random_ids: Vec<RandomId>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Deletes all messages so far on both sides.
    pub fn flush(
        &mut self,
        chat: SecretChatId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Tells of a screenshot.
    pub fn screenshot(
        &mut self,
        chat: SecretChatId,
        random_ids: Vec<RandomId>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        todo!()
    }
    /// Starts a rekey.
    pub fn rekey(&mut self, chat: SecretChatId, now: Now, rng: &mut dyn CryptoRng) -> Result<(), Error> {
        todo!()
    }
    /// Tells the server that we are typing, or stopped.
    pub fn set_typing(&mut self, chat: SecretChatId, typing: bool, now: Now) -> Result<(), Error> {
        todo!()
    }
    /// Ends a chat.
    pub fn close(&mut self, chat: SecretChatId, delete_history: bool, now: Now) -> Result<(), Error> {
        todo!()
    }
    /// Forgets an ended chat.
    pub fn forget(&mut self, chat: SecretChatId) -> Result<(), Error> {
        todo!()
    }

    // Queries
    /// The key picture of a chat.
    pub fn key(&self, chat: SecretChatId) -> Option<KeyVisualization> {
        todo!()
    }
    /// One chat.
    pub fn chat(&self, chat: SecretChatId) -> Option<ChatInfo> {
        todo!()
    }
    /// All chats.
    pub fn chats(&self) -> impl Iterator<Item = ChatInfo> + '_ {
        std::iter::empty()
    }
    /// The last stored qts; 0 for none.
    pub fn qts(&self) -> i32 {
        todo!()
    }
    /// Requests without an answer, oldest first: what to repeat after a reconnection.
    pub fn pending_requests(&self) -> Vec<Request> {
        todo!()
    }

    // Input
    /// `updateEncryption`. Any `enums::EncryptedChat` converts.
    pub fn handle_encryption_update(
        &mut self,
        chat: impl Into<ChatUpdate>,
        date: i32,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        todo!()
    }
    /// `updateNewEncryptedMessage`, or a message of a difference (then `qts` is `None` for all but the last, which
    /// carries that of the state). Any `enums::EncryptedMessage` converts.
    pub fn handle_encrypted_message(
        &mut self,
        message: impl Into<EncryptedMessage>,
        qts: Option<i32>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        todo!()
    }
    /// `updateEncryptedChatTyping`.
    pub fn handle_typing(&mut self, chat: SecretChatId) {
        todo!()
    }
    /// `updateEncryptedMessagesRead`.
    pub fn handle_read(&mut self, chat: SecretChatId, max_date: i32, date: i32) {
        todo!()
    }
    /// The answer to a request.
    pub fn handle_response(
        &mut self,
        request: RequestId,
        response: Result<Response, RpcFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        todo!()
    }
    /// A batch is durable.
    pub fn handle_persisted(&mut self, barrier: u64) {
        todo!()
    }
    /// The moment of [`Output::Timeout`] has come (or any other moment: early calls do no harm).
    pub fn handle_timeout(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        todo!()
    }

    /// The next thing to do; `None` once everything is out.
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }
}
