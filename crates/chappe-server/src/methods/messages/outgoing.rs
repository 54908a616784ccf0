//! What all methods that send have in common.

use chappe_api::{enums, types};
use chappe_crypto::hash::sha256;
use chappe_tl::{Decode, Encode};

use super::allowed;
use crate::call::Call;
use crate::limits::{MESSAGE_BYTES, MESSAGE_LEN};
use crate::methods::errors::{Answer, flood_wait, internal};
use crate::model::eyes::Peers;
use crate::model::group::Standing;
use crate::model::peer_id::PeerId;
use crate::model::target::Target;
use crate::model::{entities, media, post};
use crate::store::{AccountChange, Amendment, Change, MessageRow, NewMessage, Pace, Sending, kinds};

/// A message about to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) text: String,
    pub(crate) entities: Option<Vec<enums::MessageEntity>>,
    pub(crate) media: Option<enums::MessageMedia>,
    pub(crate) markup: Option<enums::ReplyMarkup>,
    pub(crate) action: Option<enums::MessageAction>,
    pub(crate) fwd: Option<types::MessageFwdHeader>,
    pub(crate) reply: Option<enums::InputReplyTo>,
    pub(crate) silent: bool,
    pub(crate) noforwards: bool,
    pub(crate) invert_media: bool,
    pub(crate) clear_draft: bool,
    pub(crate) via_bot: i64,
    pub(crate) grouped_id: i64,
    pub(crate) random_id: i64,
    /// What a service message tells of.
    pub(crate) amendment: Amendment,
    /// In whose name it is written; 0 for the caller.
    pub(crate) author: i64,
    /// Shows the supergroup as its author.
    pub(crate) as_group: bool,
    /// Random ids of everything that the call sends, which slow mode counts once. Empty: it does not count.
    pub(crate) together: Vec<i64>,
}

/// A message that was sent, now or before.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) row: MessageRow,
    pub(crate) change: Change,
    pub(crate) random_id: i64,
}

/// TL bytes of something that is stored.
pub(crate) fn stored(object: &impl Encode) -> Answer<Vec<u8>> {
    object.to_bytes().map_err(|error| {
        tracing::error!(%error, "an object could not be written");
        internal()
    })
}

/// Which filters of the search find a message.
pub(crate) fn kinds_of(
    media: Option<&enums::MessageMedia>,
    marks: Option<&Vec<enums::MessageEntity>>,
) -> i64 {
    use enums::{DocumentAttribute as A, MessageEntity as E, MessageMedia as M};
    let url =
        marks.into_iter().flatten().any(|entity| matches!(entity, E::Url(_) | E::TextUrl(_) | E::Email(_)));
    let media = match media {
        Some(M::Photo(_)) => kinds::PHOTO,
        Some(M::Contact(_)) => kinds::CONTACT,
        Some(M::Geo(_) | M::GeoLive(_) | M::Venue(_)) => kinds::GEO,
        Some(M::Document(media)) => {
            let attributes = match &media.document {
                Some(enums::Document::Document(document)) => document.attributes.as_slice(),
                _ => &[],
            };
            let kind = attributes.iter().fold(0, |kind, attribute| match attribute {
                A::Animated => kinds::GIF,
                A::Video(_) if kind == kinds::GIF => kind,
                A::Video(video) if video.round_message => kinds::ROUND,
                A::Video(_) => kinds::VIDEO,
                A::Audio(audio) if audio.voice => kinds::VOICE,
                A::Audio(_) => kinds::MUSIC,
                _ => kind,
            });
            if kind == 0 { kinds::DOCUMENT } else { kind }
        }
        _ => 0,
    };
    media | if url { kinds::URL } else { 0 }
}

/// Whether somebody has to listen to a medium or open it, and its author sees whether that was done.
fn is_to_be_opened(media: &enums::MessageMedia) -> bool {
    media::ttl(media) != 0 || kinds_of(Some(media), None) & (kinds::VOICE | kinds::ROUND) != 0
}

/// Refuses a message that holds too much besides its text.
pub(crate) fn check_size(call: &Call, row: &MessageRow) -> Answer<()> {
    let held = [&row.entities, &row.media, &row.reply_markup, &row.reply, &row.fwd];
    let len: usize = held.into_iter().flatten().map(Vec::len).sum();
    if len <= MESSAGE_BYTES {
        return Ok(());
    }
    let medium = row.media.as_ref().is_some_and(|media| media.len() > len / 2);
    let first = if medium { "MEDIA_INVALID" } else { "ENTITIES_TOO_LONG" };
    Err(call.refuse(&[
        first,
        "REPLY_MARKUP_TOO_LONG",
        "MEDIA_INVALID",
        "MESSAGE_ID_INVALID",
        "MSG_ID_INVALID",
    ]))
}

/// Refuses a medium with a timer where nobody opens it for the author: only somebody else in a private chat does.
pub(crate) fn check_timer(call: &Call, target: &Target, media: &enums::MessageMedia) -> Answer<()> {
    let fits = matches!(target, Target::User(user) if Some(user.id) != call.user_id().ok());
    if fits || media::ttl(media) == 0 {
        Ok(())
    } else {
        Err(call.refuse(&["TTL_MEDIA_INVALID", "MEDIA_INVALID"]))
    }
}

/// The text of a message with its marks, checked: `MESSAGE_EMPTY`, `MESSAGE_TOO_LONG`, see [`entities::complete`].
pub(crate) async fn check_text(
    call: &Call,
    text: &str,
    marks: Option<Vec<enums::MessageEntity>>,
    may_be_empty: bool,
) -> Answer<(String, Option<Vec<enums::MessageEntity>>)> {
    if text.trim().is_empty() {
        return if may_be_empty { Ok((String::new(), None)) } else { Err(call.refuse(&["MESSAGE_EMPTY"])) };
    }
    if text.chars().count() > MESSAGE_LEN {
        return Err(call.refuse(&["MESSAGE_TOO_LONG", "MEDIA_CAPTION_TOO_LONG"]));
    }
    // Blanks at the end go; those in front stay, the marks count from there.
    let text = text.trim_end();
    let marks = marks.map(|marks| clip(marks, text));
    Ok((text.to_owned(), entities::complete(call, text, marks).await?))
}

/// Shortens marks that reach into blanks that were cut off. Those far outside stay, to be refused.
fn clip(marks: Vec<enums::MessageEntity>, text: &str) -> Vec<enums::MessageEntity> {
    let len = i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX);
    marks.into_iter().filter(|mark| entities::span(mark).0 != len).collect()
}

/// What a message answers: the header, and the message in the same mailbox.
async fn resolve_reply(
    call: &Call,
    target: &Target,
    reply: Option<&enums::InputReplyTo>,
) -> Answer<Option<(enums::MessageReplyHeader, MessageRow)>> {
    let input = match reply {
        None => return Ok(None),
        Some(enums::InputReplyTo::Message(input)) => input,
        Some(_) => return Err(call.refuse(&["REPLY_TO_INVALID", "MSG_ID_INVALID"])),
    };
    if input.reply_to_msg_id == 0 {
        return Ok(None);
    }
    let mailbox = target.mailbox(call.user_id()?);
    let row = named(call, mailbox, &[input.reply_to_msg_id]).await?.into_iter().flatten().next();
    let row = row.filter(|row| row.peer == target.peer().0);
    let row = row.ok_or_else(|| call.refuse(&["REPLY_MESSAGE_ID_INVALID", "MSG_ID_INVALID"]))?;
    if let Some(quote) = &input.quote_text
        && !row.message.contains(quote.as_str())
    {
        return Err(call.refuse(&["QUOTE_TEXT_INVALID", "MSG_ID_INVALID"]));
    }
    // Others see the marks of the quote as well: they are checked like those of a text.
    let quote_entities = match &input.quote_text {
        Some(quote) => entities::check(call, quote, input.quote_entities.clone()).await?,
        None => Vec::new(),
    };
    let header = types::MessageReplyHeader {
        reply_to_scheduled: false,
        forum_topic: false,
        quote: input.quote_text.is_some(),
        reply_to_ephemeral: false,
        reply_to_msg_id: Some(input.reply_to_msg_id),
        reply_to_peer_id: None,
        reply_from: None,
        reply_media: None,
        reply_to_top_id: None,
        quote_text: input.quote_text.clone(),
        quote_entities: (!quote_entities.is_empty()).then_some(quote_entities),
        quote_offset: input.quote_offset.filter(|_| input.quote_text.is_some()),
        todo_item_id: None,
        poll_option: None,
        quote_rich: None,
    };
    Ok(Some((header.into(), row)))
}

/// The mailboxes that get a copy.
pub(crate) async fn receivers(call: &Call, target: &Target) -> Answer<Vec<i64>> {
    let me = call.user_id()?;
    Ok(match target {
        // Who has blocked the caller gets nothing, and the caller does not learn of it.
        Target::User(user) if call.store().has_blocked(user.id, me).await? => Vec::new(),
        Target::User(user) => vec![user.id],
        Target::Group(standing) if standing.is_basic() => call.store().member_ids(standing.chat.peer).await?,
        Target::Group(_) => Vec::new(),
    })
}

/// The row of a message in the mailbox of its author.
fn row(call: &Call, target: &Target, out: &Outgoing, me: i64) -> Answer<MessageRow> {
    let (mailbox, peer) = (target.mailbox(me), target.peer());
    let is_post = target.standing().is_some_and(Standing::is_broadcast);
    let photo = matches!(out.action, Some(enums::MessageAction::ChatEditPhoto(_)));
    let kinds = kinds_of(out.media.as_ref(), out.entities.as_ref());
    Ok(MessageRow {
        mailbox,
        peer: peer.0,
        uid: i64::from_le_bytes(call.world.rng.bytes()),
        from_peer: match out.as_group {
            _ if is_post => 0,
            true => peer.0,
            false => me,
        },
        author: me,
        // What is forwarded to oneself was written by somebody else.
        is_out: peer.0 != me || out.fwd.is_none(),
        date: call.unix(),
        message: out.text.clone(),
        entities: out.entities.as_ref().map(stored).transpose()?,
        media: out.media.as_ref().map(stored).transpose()?,
        kinds: kinds | if photo { kinds::CHAT_PHOTO } else { 0 },
        reply_markup: out.markup.as_ref().map(stored).transpose()?,
        action: out.action.as_ref().map(stored).transpose()?,
        fwd: out.fwd.as_ref().map(stored).transpose()?,
        via_bot: out.via_bot,
        grouped_id: out.grouped_id,
        silent: out.silent,
        noforwards: out.noforwards,
        invert_media: out.invert_media,
        views: i64::from(is_post),
        media_unread: peer.0 != me && !is_post && out.media.as_ref().is_some_and(is_to_be_opened),
        media_ttl: out.media.as_ref().map_or(0, media::ttl),
        ..MessageRow::default()
    })
}

/// What stands under a message in place of its author: a post is signed if the channel wants it, and who speaks as the group
/// shows a title.
async fn signature(call: &Call, target: &Target, out: &Outgoing) -> Answer<Option<String>> {
    let Some(standing) = target.standing().filter(|_| out.action.is_none()) else { return Ok(None) };
    if standing.is_broadcast() && standing.chat.signatures {
        let me = call.user().await?;
        return Ok(Some(format!("{} {}", me.first_name, me.last_name).trim().to_owned()));
    }
    let rank = standing.member.as_ref().map(|part| part.rank.clone());
    Ok(rank.filter(|rank| out.as_group && !rank.is_empty()))
}

/// Whom a message in a channel calls for, among its members.
async fn mentions(call: &Call, row: &MessageRow, answered: Option<&MessageRow>) -> Answer<Vec<i64>> {
    if row.mailbox > 0 {
        return Ok(Vec::new());
    }
    let mut mentions = call.world.mentioned_in(row).await?;
    mentions.extend(answered.map(|answered| answered.author).filter(|author| *author != row.author));
    if !mentions.is_empty() {
        let members = call.store().member_ids(row.mailbox).await?;
        mentions.retain(|user| members.contains(user));
    }
    Ok(mentions)
}

/// Sends a message whose text and rights were checked. Who sends the same again gets the same answer; something else
/// under a random id that was used is `RANDOM_ID_DUPLICATE`.
pub(crate) async fn send(call: &Call, target: &Target, out: Outgoing) -> Answer<Sent> {
    let me = if out.author == 0 { call.user_id()? } else { out.author };
    let (mailbox, peer) = (target.mailbox(me), target.peer());
    let mut row = row(call, target, &out, me)?;
    row.post_author = signature(call, target, &out).await?;
    let reply = resolve_reply(call, target, out.reply.as_ref()).await?;
    let (reply, answered) = reply.map_or((None, None), |(header, row)| (Some(header), Some(row)));
    row.reply = reply.as_ref().map(stored).transpose()?;
    (row.reply_to, row.reply_uid) = answered.as_ref().map_or((0, 0), |row| (row.id, row.uid));
    check_size(call, &row)?;
    let mentions = mentions(call, &row, answered.as_ref()).await?;
    let content_hash = sha256(&[
        &peer.0.to_le_bytes(),
        row.message.as_bytes(),
        row.entities.as_deref().unwrap_or_default(),
        row.media.as_deref().map_or(&[][..], |_| b"media"),
        &row.reply_to.to_le_bytes(),
    ]);
    // Who comes in or goes hears of it, too.
    let mut receivers = receivers(call, target).await?;
    for member in out.amendment.members.iter().filter(|_| mailbox > 0) {
        if !receivers.contains(&member.user_id) {
            receivers.push(member.user_id);
        }
    }
    let deaf = call.world.unhearing(&row, &receivers).await?;
    receivers.retain(|receiver| !deaf.contains(receiver));
    let random_id = out.random_id;
    if let Some(wait) = call.world.floods.message(call.user_id()?, call.now.monotonic) {
        return Err(flood_wait(wait));
    }
    let pause = if out.together.is_empty() { 0 } else { allowed::pause(target) };
    let pace = Pace { pause, together: out.together };
    let new =
        NewMessage { row, random_id, content_hash, receivers, mentions, amendment: out.amendment, pace };
    let sent = match call.store().send_message(&new, call.unix()).await? {
        Sending::Sent { row, change } => {
            post::happened(call, change, true).await?;
            Sent { row: *row, change, random_id }
        }
        Sending::Repeated { row: Some(row), change } => Sent { row: *row, change, random_id },
        Sending::Repeated { row: None, .. } | Sending::Duplicate => {
            return Err(call.refuse(&["RANDOM_ID_DUPLICATE", "RANDOM_ID_INVALID"]));
        }
        Sending::TooSoon(wait) => return Err(allowed::slow_mode(wait)),
    };
    if out.clear_draft && call.store().set_draft(me, peer.0, mailbox, None).await? {
        call.account_changed(me, AccountChange::Draft, peer).await?;
    }
    Ok(sent)
}

/// The answer to a call that sent these.
pub(crate) async fn answer(call: &Call, sent: &[Sent]) -> Answer<enums::Updates> {
    let ids = sent.iter().filter(|sent| sent.random_id != 0).map(|sent| {
        let id = i32::try_from(sent.row.id).unwrap_or(i32::MAX);
        types::UpdateMessageId { id, random_id: sent.random_id }.into()
    });
    let changes: Vec<Change> = sent.iter().map(|sent| sent.change).collect();
    post::updates(call, ids.collect(), &changes, Peers::default()).await
}

/// The short answer to a plain text outside channels: the client has the rest.
pub(crate) fn short_answer(sent: &Sent) -> Option<enums::Updates> {
    let row = &sent.row;
    if row.mailbox < 0 || row.media.is_some() || row.reply_markup.is_some() || row.fwd.is_some() {
        return None;
    }
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    Some(
        types::UpdateShortSentMessage {
            out: row.is_out,
            id: int(row.id),
            pts: sent.change.pts,
            pts_count: sent.change.pts_count,
            date: int(row.date),
            media: None,
            entities: row.entities.as_ref().and_then(|bytes| Decode::from_bytes(bytes).ok()),
            ttl_period: None,
        }
        .into(),
    )
}

/// A message that the server writes about something the caller did, written together with it.
pub(crate) async fn service(
    call: &Call,
    target: &Target,
    action: enums::MessageAction,
    amendment: Amendment,
) -> Answer<Sent> {
    let as_group = target.standing().is_some_and(Standing::is_unnamed);
    send(call, target, Outgoing { action: Some(action), amendment, as_group, ..Outgoing::default() }).await
}

/// The messages of the caller's mailbox, or of a channel, that a call names, in the order of the call.
pub(crate) async fn named(call: &Call, mailbox: i64, ids: &[i32]) -> Answer<Vec<Option<MessageRow>>> {
    let hidden = if mailbox < 0 { call.store().available_min(call.user_id()?, mailbox).await? } else { 0 };
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(call.store().message(mailbox, i64::from(*id)).await?.filter(|row| row.id > hidden));
    }
    Ok(rows)
}

/// The same chat as a target, loaded anew.
pub(crate) async fn group_target(call: &Call, peer: PeerId) -> Answer<Target> {
    let eyes = crate::model::eyes::Eyes::of(call)?;
    let standing = crate::model::group::standing(&eyes, peer).await?;
    Ok(Target::Group(Box::new(standing.ok_or_else(|| call.refuse(&["PEER_ID_INVALID"]))?)))
}
