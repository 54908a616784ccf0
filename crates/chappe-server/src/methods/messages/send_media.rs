//! `messages.sendMedia` and `messages.sendMultiMedia`

use chappe_api::{enums, functions};

use super::outgoing::{self, Outgoing, Sent};
use super::{allowed, reply_markup};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::{media, target};

/// Files in one album.
const ALBUM: usize = 10;

pub(crate) async fn one(call: &Call, query: functions::messages::SendMedia) -> Answer<enums::Updates> {
    if query.schedule_date.is_some() || query.quick_reply_shortcut.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let target = target::find(call, &query.peer).await?;
    allowed::check_write(call, &target, true).await?;
    allowed::check_pace(call, &target, &[query.random_id]).await?;
    let media = media::resolve(call, &query.media).await?;
    outgoing::check_timer(call, &target, &media)?;
    allowed::check_kinds(call, &target, outgoing::kinds_of(Some(&media), None)).await?;
    let (text, entities) = outgoing::check_text(call, &query.message, query.entities, true).await?;
    let out = Outgoing {
        text,
        entities,
        media: Some(media),
        markup: reply_markup::check(call, query.reply_markup).await?,
        reply: query.reply_to,
        silent: query.silent,
        noforwards: query.noforwards,
        invert_media: query.invert_media,
        clear_draft: query.clear_draft,
        random_id: query.random_id,
        together: vec![query.random_id],
        as_group: allowed::as_group(call, &target, query.send_as.as_ref()).await?,
        ..Outgoing::default()
    };
    outgoing::answer(call, &[outgoing::send(call, &target, out).await?]).await
}

pub(crate) async fn album(call: &Call, query: functions::messages::SendMultiMedia) -> Answer<enums::Updates> {
    if query.schedule_date.is_some() || query.quick_reply_shortcut.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let target = target::find(call, &query.peer).await?;
    if query.multi_media.is_empty() || query.multi_media.len() > ALBUM {
        return Err(call.refuse(&["MULTI_MEDIA_TOO_LONG", "MEDIA_EMPTY"]));
    }
    allowed::check_write(call, &target, true).await?;
    let random_ids: Vec<i64> = query.multi_media.iter().map(|item| item.random_id).collect();
    allowed::check_pace(call, &target, &random_ids).await?;
    let as_group = allowed::as_group(call, &target, query.send_as.as_ref()).await?;
    // Nothing is sent unless all of it can be.
    let mut album = Vec::new();
    let grouped_id = i64::from_le_bytes(call.world.rng.bytes()) | 1;
    for item in query.multi_media {
        let media = media::resolve(call, &item.media).await?;
        outgoing::check_timer(call, &target, &media)?;
        allowed::check_kinds(call, &target, outgoing::kinds_of(Some(&media), None)).await?;
        let (text, entities) = outgoing::check_text(call, &item.message, item.entities, true).await?;
        album.push(Outgoing {
            text,
            entities,
            media: Some(media),
            reply: query.reply_to.clone(),
            silent: query.silent,
            noforwards: query.noforwards,
            invert_media: query.invert_media,
            clear_draft: query.clear_draft,
            grouped_id,
            random_id: item.random_id,
            together: random_ids.clone(),
            as_group,
            ..Outgoing::default()
        });
    }
    let mut sent: Vec<Sent> = Vec::new();
    for out in album {
        sent.push(outgoing::send(call, &target, out).await?);
    }
    outgoing::answer(call, &sent).await
}
