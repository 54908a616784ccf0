//! `chappe watch`: what happens, as it comes.

use chappe::{ApiUpdate, Client, ConnectionState, Encode, Event, Message, PeerId, enums};
use serde_json::{Value, json};

use crate::cli::WatchArgs;
use crate::cloud::show;
use crate::failure::{Failure, Kind};
use crate::{connect, view};

/// Prints events until it is interrupted, or there were enough.
pub(crate) async fn run(args: WatchArgs) -> Result<(), Failure> {
    let watched = connect::with_authorized(&args.client, async |client| watch(client, &args).await).await;
    match watched {
        // That is how it ends.
        Err(failure) if failure.kind() == Kind::Interrupted => Ok(()),
        outcome => outcome,
    }
}

async fn watch(client: &Client, args: &WatchArgs) -> Result<(), Failure> {
    let mut updates = client.updates();
    let mut left = args.limit.unwrap_or(u64::MAX);
    show::print(&args.client, json!({ "event": "watching" }), || "Watching; Ctrl-C ends it.".to_owned())?;
    while left > 0 {
        let update = updates.recv().await;
        let update = update.ok_or_else(|| Failure::of(Kind::Unreachable, "the connection is closed"))?;
        if let Event::LoggedOut = update {
            return Err(Failure::of(Kind::LoggedOut, "this device was logged out: run `chappe login`"));
        }
        let counts = !matches!(update, Event::Connection(_));
        if let Some(happened) = Happened::of(client, update, args.raw)? {
            show::print(&args.client, happened.json, || happened.text)?;
            left -= u64::from(counts);
        }
    }
    Ok(())
}

/// One line.
struct Happened {
    json: Value,
    text: String,
}

impl Happened {
    fn new(json: Value, text: impl Into<String>) -> Option<Self> {
        Some(Self { json, text: text.into() })
    }

    fn of(client: &Client, event: Event, raw: bool) -> Result<Option<Self>, Failure> {
        if let Some(message) = Message::from_update(client, &event) {
            return Ok(Self::message(&event, &message));
        }
        if let Some(update) = event.api() {
            return Ok(match Self::api(&update.update) {
                None if raw => Self::raw(update)?,
                happened => happened,
            });
        }
        Ok(match event {
            Event::Secret(event) => {
                Self::new(view::event(&event), format!("secret chat {}", crate::secret::describe(&event)))
            }
            Event::Connection(state) => {
                let connected = state == ConnectionState::Connected;
                let words = if connected { "connected" } else { "connecting…" };
                Self::new(json!({ "event": "connection", "connected": connected }), words)
            }
            Event::Missed { .. } => {
                Self::new(json!({ "event": "missed" }), "too much has happened: see `chappe dialogs`")
            }
            Event::Lagged { count } => Self::new(
                json!({ "event": "lagged", "count": count }),
                format!("{count} updates were dropped"),
            ),
            _ => None,
        })
    }

    fn message(event: &Event, message: &Message) -> Option<Self> {
        let edited = matches!(event, Event::MessageEdited(_));
        let mut json = view::cloud::message(message);
        if edited {
            json["event"] = "edited".into();
        }
        let chat = message.chat_info().map_or_else(|| message.chat().id().to_string(), show::name);
        let sign = if edited { "edited in" } else { "in" };
        Self::new(json, format!("{} [{sign} {chat}]", show::message(message).trim_start()))
    }

    fn api(update: &enums::Update) -> Option<Self> {
        use enums::Update as U;
        match update {
            U::DeleteMessages(deleted) => Self::new(
                json!({ "event": "deleted", "chat": null, "ids": deleted.messages }),
                format!("deleted: {:?}", deleted.messages),
            ),
            U::DeleteChannelMessages(deleted) => {
                let chat = PeerId::Channel(deleted.channel_id);
                Self::new(
                    json!({ "event": "deleted", "chat": view::cloud::chat(chat), "ids": deleted.messages }),
                    format!("deleted in {chat}: {:?}", deleted.messages),
                )
            }
            U::ReadHistoryOutbox(read) => Self::read(PeerId::from(&read.peer), read.max_id, "them"),
            U::ReadHistoryInbox(read) => Self::read(PeerId::from(&read.peer), read.max_id, "us"),
            U::ReadChannelOutbox(read) => Self::read(PeerId::Channel(read.channel_id), read.max_id, "them"),
            U::ReadChannelInbox(read) => Self::read(PeerId::Channel(read.channel_id), read.max_id, "us"),
            U::UserTyping(typing) => Self::typing(PeerId::User(typing.user_id), PeerId::User(typing.user_id)),
            U::ChatUserTyping(typing) => {
                Self::typing(PeerId::Chat(typing.chat_id), PeerId::from(&typing.from_id))
            }
            U::ChannelUserTyping(typing) => {
                Self::typing(PeerId::Channel(typing.channel_id), PeerId::from(&typing.from_id))
            }
            _ => None,
        }
    }

    fn read(chat: PeerId, max: i32, by: &str) -> Option<Self> {
        Self::new(
            json!({ "event": "read", "chat": view::cloud::chat(chat), "max_id": max, "by": by }),
            format!("{chat}: read by {by} up to {max}"),
        )
    }

    fn typing(chat: PeerId, who: PeerId) -> Option<Self> {
        Self::new(
            json!({ "event": "typing", "chat": view::cloud::chat(chat), "sender": view::cloud::chat(who) }),
            format!("{chat}: {who} is typing…"),
        )
    }

    /// As the API has it.
    fn raw(update: &ApiUpdate) -> Result<Option<Self>, Failure> {
        let schema = chappe_api::api_schema();
        let bytes = update.update.to_bytes()?;
        let value = schema.decode(&bytes, &chappe_tl::parse::Type::Object)?;
        let json = schema.to_json(&value)?;
        Ok(Self::new(json!({ "event": "update", "update": json }), json.to_string()))
    }
}
