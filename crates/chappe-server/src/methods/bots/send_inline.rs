//! `messages.sendInlineBotResult`: sends what a bot has offered, as its sender's own, with a word where it comes from.

use chappe_api::{enums, functions, types};
use enums::BotInlineMessage as Message;

use super::{edit_inline, inline, results};
use crate::call::Call;
use crate::limits::INLINE_RESULT_LIFETIME;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::allowed;
use crate::methods::messages::outgoing::{self, Outgoing};
use crate::model::peer_id::PeerId;
use crate::model::target;
use crate::store::QueryKind;

/// The medium that is sent with a result that has one.
fn media(result: &enums::BotInlineResult) -> Option<enums::MessageMedia> {
    let enums::BotInlineResult::MediaResult(result) = result else { return None };
    if let Some(photo) = &result.photo {
        let photo = Some(photo.clone());
        let media = types::MessageMediaPhoto {
            spoiler: false,
            live_photo: false,
            photo,
            ttl_seconds: None,
            video: None,
        };
        return Some(media.into());
    }
    let document = result.document.clone()?;
    let has = |wanted: fn(&enums::DocumentAttribute) -> bool| match &document {
        enums::Document::Document(document) => document.attributes.iter().any(wanted),
        enums::Document::Empty(_) => false,
    };
    let media = types::MessageMediaDocument {
        nopremium: false,
        spoiler: false,
        video: has(|one| matches!(one, enums::DocumentAttribute::Video(_))),
        round: has(|one| matches!(one, enums::DocumentAttribute::Video(video) if video.round_message)),
        voice: has(|one| matches!(one, enums::DocumentAttribute::Audio(audio) if audio.voice)),
        document: Some(document),
        alt_documents: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
    };
    Some(media.into())
}

/// What a result becomes when it is sent.
fn outgoing(result: &enums::BotInlineResult) -> Option<Outgoing> {
    Some(match results::message(result) {
        Message::MediaAuto(message) => Outgoing {
            text: message.message.clone(),
            entities: message.entities.clone(),
            media: Some(media(result)?),
            markup: message.reply_markup.clone(),
            invert_media: message.invert_media,
            ..Outgoing::default()
        },
        Message::Text(message) => Outgoing {
            text: message.message.clone(),
            entities: message.entities.clone(),
            markup: message.reply_markup.clone(),
            invert_media: message.invert_media,
            ..Outgoing::default()
        },
        Message::MediaContact(message) => Outgoing {
            media: Some(
                types::MessageMediaContact {
                    phone_number: message.phone_number.clone(),
                    first_name: message.first_name.clone(),
                    last_name: message.last_name.clone(),
                    vcard: message.vcard.clone(),
                    user_id: 0,
                }
                .into(),
            ),
            markup: message.reply_markup.clone(),
            ..Outgoing::default()
        },
        Message::MediaGeo(message) => Outgoing {
            media: Some(types::MessageMediaGeo { geo: message.geo.clone() }.into()),
            markup: message.reply_markup.clone(),
            ..Outgoing::default()
        },
        _ => return None,
    })
}

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::SendInlineBotResult,
) -> Answer<enums::Updates> {
    if query.schedule_date.is_some() || query.quick_reply_shortcut.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let asked = call.store().bot_query(query.query_id).await?;
    let asked = asked.filter(|asked| asked.kind == QueryKind::Inline as i64 && asked.answer.is_some());
    let asked = asked.filter(|asked| asked.user_id == me || !asked.is_private);
    let asked = asked.ok_or_else(|| bad_request("QUERY_ID_EMPTY"))?;
    if call.unix().saturating_sub(asked.asked_at) > INLINE_RESULT_LIFETIME {
        return Err(bad_request("INLINE_RESULT_EXPIRED"));
    }
    let answer = inline::read(&asked)?;
    let result = answer.results.iter().find(|result| results::id(result) == query.id);
    let result = result.ok_or_else(|| bad_request("RESULT_ID_INVALID"))?;
    let out = outgoing(result).ok_or_else(|| bad_request("RESULT_ID_INVALID"))?;
    allowed::check_write(call, &target, out.media.is_some()).await?;
    let kinds = outgoing::kinds_of(out.media.as_ref(), out.entities.as_ref());
    allowed::check_kinds(call, &target, kinds).await?;
    allowed::check_pace(call, &target, &[query.random_id]).await?;
    let as_group = allowed::as_group(call, &target, query.send_as.as_ref()).await?;
    let has_buttons = out.markup.is_some();
    let out = Outgoing {
        reply: query.reply_to,
        silent: query.silent,
        clear_draft: query.clear_draft,
        random_id: query.random_id,
        together: vec![query.random_id],
        via_bot: asked.bot_id,
        as_group,
        ..out
    };
    let sent = outgoing::send(call, &target, out).await?;
    let update = types::UpdateBotInlineSend {
        user_id: me,
        query: asked.query,
        geo: None,
        id: query.id,
        msg_id: has_buttons.then(|| edit_inline::name(call, asked.bot_id, &sent.row)),
    };
    call.notice(vec![asked.bot_id], update, vec![PeerId::user(me)]);
    outgoing::answer(call, &[sent]).await
}
