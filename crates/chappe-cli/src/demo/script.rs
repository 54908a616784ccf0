//! What happens in the demonstration, step by step.

use chappe::secret::{Action, Activity, Content, RandomId, SecretChat, SecretEvent};
use chappe_server::{Observations, Seen, Server};

use super::person::{PATIENCE, Person};
use super::report::{Report, Row};
use crate::failure::Failure;

const SERVICE: &str = "messages.sendEncryptedService";
const TEXT: &str = "messages.sendEncrypted";

/// Alice asks, Bob accepts, both have the key.
pub(crate) async fn open_chat(
    alice: &mut Person,
    bob: &mut Person,
) -> Result<(SecretChat, SecretChat), Failure> {
    let found = alice.client.import_contact(bob.phone, bob.name, "").await?;
    let alice_chat = alice.client.secret_chats().start(&found).await?;
    let requested = bob
        .wait_for("request for a secret chat", |event| match event {
            SecretEvent::ChatRequested { chat, .. } => Some(chat),
            _ => None,
        })
        .await?;
    let bob_chat = bob.client.secret_chats().accept(requested).await?;
    bob_chat.ready().await?;
    alice_chat.ready().await?;
    Ok((alice_chat, bob_chat))
}

/// The steps, with both people and the server's own record of calls.
pub(crate) struct Script<'a> {
    report: &'a Report,
    seen: Observations,
    alice: Person,
    alice_chat: SecretChat,
    bob: Person,
    bob_chat: SecretChat,
    steps: u32,
}

impl<'a> Script<'a> {
    pub(crate) fn new(
        server: &Server,
        report: &'a Report,
        (alice, alice_chat): (Person, SecretChat),
        (bob, bob_chat): (Person, SecretChat),
    ) -> Self {
        Self { report, seen: server.observations(), alice, alice_chat, bob, bob_chat, steps: 0 }
    }

    /// How many steps were shown.
    pub(crate) fn steps(&self) -> u32 {
        self.steps
    }

    pub(crate) async fn disconnect(self) {
        // The demonstration is over: nothing is left to be lost.
        let _ = self.alice.client.disconnect().await;
        let _ = self.bob.client.disconnect().await;
    }

    pub(crate) async fn run(&mut self) -> Result<(), Failure> {
        let text = self.text().await?;
        let answer = self.answer().await?;
        self.action(Action::NotifyLayer { layer: chappe_api::SECRET_LAYER }).await?;
        self.action(Action::SetMessageTtl { seconds: 60 }).await?;
        self.action(Action::Typing { activity: Activity::RecordVideo }).await?;
        self.action(Action::ReadMessages { random_ids: vec![answer.0] }).await?;
        self.action(Action::ScreenshotMessages { random_ids: vec![answer.0] }).await?;
        self.action(Action::DeleteMessages { random_ids: vec![text.0] }).await?;
        self.action(Action::FlushHistory).await?;
        self.gap().await?;
        self.rekey_by_alice().await?;
        self.rekey_by_bob().await?;
        self.action(Action::AbortKey { exchange_id: 0x6b65_7973 }).await?;
        self.action(Action::Noop).await
    }

    /// Alice writes, Bob reads.
    async fn text(&mut self) -> Result<RandomId, Failure> {
        const WORDS: &str = "Nobody else can read this.";
        let sent = self.alice_chat.send_text(WORDS).await?;
        let seen = self.seen_from_alice(TEXT, None).await?;
        let received = self
            .bob
            .wait_for("text", |event| match event {
                SecretEvent::Message(message) => match message.content {
                    Content::Text(text) => Some(text.text),
                    _ => None,
                },
                _ => None,
            })
            .await?;
        if received != WORDS {
            return Err(Failure::new(format!("Bob read {received:?} where Alice wrote {WORDS:?}")));
        }
        self.show(format!("text {WORDS:?}"), seen, format!("reads {received:?}"))?;
        Ok(sent.random_id)
    }

    /// Bob writes, so that Alice has a message to mark as read.
    async fn answer(&mut self) -> Result<RandomId, Failure> {
        self.bob_chat.send_text("And I am Bob.").await?;
        self.alice
            .wait_for("Bob's answer", |event| match event {
                SecretEvent::Message(message) => Some(message.random_id),
                _ => None,
            })
            .await
    }

    /// One service action, sent as the typed call that the project began with.
    async fn action(&mut self, action: Action) -> Result<(), Failure> {
        let sealed = self.alice_chat.seal(action.clone()).await?;
        let first_bytes = sealed.data().to_vec();
        self.alice.client.invoke(sealed.request()).await?;
        let seen = self.seen_from_alice(SERVICE, Some(&first_bytes)).await?;
        let received = self.bob_sees(action.name()).await?;
        if received != action {
            return Err(Failure::new(format!("Bob received {received:?} where Alice sent {action:?}")));
        }
        self.show(format!("{action:?}"), seen, effect(&received).to_owned())
    }

    /// Bob's messages arrive out of order: Alice's engine asks for the missing one with a Resend.
    async fn gap(&mut self) -> Result<(), Failure> {
        // It has its number now, but it is not sent.
        let _held_back = self.bob_chat.seal(Action::Noop).await?;
        let overtaking = self.bob_chat.seal(Action::Noop).await?;
        self.bob.client.invoke(overtaking.request()).await?;
        let seen = self.seen_from_alice(SERVICE, None).await?;
        let asked = self.bob_sees("Resend").await?;
        self.alice
            .wait_for("end of the gap", |event| matches!(event, SecretEvent::GapFilled { .. }).then_some(()))
            .await?;
        let effect = "sends the message that is missing again, byte for byte".to_owned();
        self.show(format!("{asked:?} (by the engine, for a gap)"), seen, effect)
    }

    /// Alice asks for a new key: RequestKey, Bob's AcceptKey, CommitKey.
    async fn rekey_by_alice(&mut self) -> Result<(), Failure> {
        self.alice_chat.rekey().await?;
        let seen = self.seen_from_alice(SERVICE, None).await?;
        let request = self.bob_sees("RequestKey").await?;
        self.show(
            format!("{request:?}"),
            seen,
            "answers with AcceptKey, keeps the new key ready".to_owned(),
        )?;
        let seen = self.seen_from_alice(SERVICE, None).await?;
        let commit = self.bob_sees("CommitKey").await?;
        self.show(format!("{commit:?}"), seen, "writes with the new key from here on".to_owned())
    }

    /// Bob asks for a new key, so that Alice is the one who sends AcceptKey.
    async fn rekey_by_bob(&mut self) -> Result<(), Failure> {
        // The exchange before is over for Bob once Alice's side has let go of the old key.
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while let Err(error) = self.bob_chat.rekey().await {
            if tokio::time::Instant::now() > deadline {
                return Err(error.into());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let mut seen = self.seen_from_alice(SERVICE, None).await?;
        let accept = self.bob_sees("AcceptKey").await?;
        // What Alice sent in between (a Noop that confirms the first new key) is not this step.
        while let Some(later) = self.already_seen_from_alice() {
            seen = later;
        }
        self.alice
            .wait_for("new key", |event| matches!(event, SecretEvent::KeyChanged { .. }).then_some(()))
            .await?;
        self.show(
            format!("{accept:?}"),
            seen,
            "compares fingerprints, sends CommitKey, changes the key".to_owned(),
        )
    }

    /// Waits until Bob's engine reports an action of this name.
    async fn bob_sees(&mut self, name: &str) -> Result<Action, Failure> {
        self.bob
            .wait_for(name, |event| match event {
                SecretEvent::Action { action, .. } if action.name() == name => Some(action),
                _ => None,
            })
            .await
    }

    /// The server's record of the next call of this method by Alice; with `data`, of that very payload.
    async fn seen_from_alice(&mut self, method: &str, data: Option<&[u8]>) -> Result<Seen, Failure> {
        let wait = async {
            while let Some(seen) = self.seen.next().await {
                let payload = data.is_none_or(|data| data.starts_with(&seen.first_bytes));
                if seen.user_id == Some(self.alice.user.id) && seen.method == method && payload {
                    return Ok(seen);
                }
            }
            Err(Failure::new("the server stopped"))
        };
        let outcome = tokio::time::timeout(PATIENCE, wait).await;
        outcome.unwrap_or_else(|_| Err(Failure::new(format!("the server saw no {method} by Alice"))))
    }

    fn already_seen_from_alice(&mut self) -> Option<Seen> {
        while let Some(seen) = self.seen.try_next() {
            if seen.user_id == Some(self.alice.user.id) && seen.method == SERVICE {
                return Some(seen);
            }
        }
        None
    }

    fn show(&mut self, sent: String, seen: Seen, effect: String) -> Result<(), Failure> {
        self.steps += 1;
        self.report.row(&Row { step: self.steps, sent, seen, effect })
    }
}

/// What Bob's side did with an action.
fn effect(action: &Action) -> &'static str {
    match action {
        Action::AbortKey { .. } => "knows no such exchange: keeps the key",
        Action::DeleteMessages { .. } => "deletes the message",
        Action::FlushHistory => "clears the history, keeps the chat",
        Action::Noop => "counts it: proof that the key works",
        Action::NotifyLayer { .. } => "may use everything of that layer",
        Action::ReadMessages { .. } => "starts the timer of the message",
        Action::ScreenshotMessages { .. } => "shows a notice",
        Action::SetMessageTtl { .. } => "sets the timer for messages from now on",
        Action::Typing { .. } => "shows it for six seconds",
        _ => "acts in the engine",
    }
}
