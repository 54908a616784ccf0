//! Messages that the server tells of in few words.

use chappe_api::{enums, types};

use crate::peers::PeerId;

/// A message of which all but these is missing.
pub(crate) fn message(id: i32, chat: PeerId, date: i32, text: String) -> types::Message {
    types::Message {
        out: false,
        mentioned: false,
        media_unread: false,
        silent: false,
        post: false,
        from_scheduled: false,
        legacy: false,
        edit_hide: false,
        pinned: false,
        noforwards: false,
        invert_media: false,
        offline: false,
        video_processing_pending: false,
        paid_suggested_post_stars: false,
        paid_suggested_post_ton: false,
        id,
        from_id: None,
        from_boosts_applied: None,
        from_rank: None,
        peer_id: chat.into(),
        saved_peer_id: None,
        fwd_from: None,
        via_bot_id: None,
        via_business_bot_id: None,
        guestchat_via_from: None,
        reply_to: None,
        date,
        message: text,
        media: None,
        reply_markup: None,
        entities: None,
        views: None,
        forwards: None,
        replies: None,
        edit_date: None,
        post_author: None,
        grouped_id: None,
        reactions: None,
        restriction_reason: None,
        ttl_period: None,
        quick_reply_shortcut_id: None,
        effect: None,
        factcheck: None,
        report_delivery_until_date: None,
        paid_message_stars: None,
        suggested_post: None,
        schedule_repeat_period: None,
        summary_from_language: None,
        rich_message: None,
    }
}

/// The message of `updateShortMessage` or `updateShortChatMessage`; `None` for anything else.
pub(crate) fn expand(updates: &enums::Updates, me: i64) -> Option<types::Message> {
    macro_rules! expand {
        ($short:expr, $chat:expr, $from:expr) => {
            types::Message {
                out: $short.out,
                mentioned: $short.mentioned,
                media_unread: $short.media_unread,
                silent: $short.silent,
                from_id: $from,
                fwd_from: $short.fwd_from.clone(),
                via_bot_id: $short.via_bot_id,
                reply_to: $short.reply_to.clone(),
                entities: $short.entities.clone(),
                ttl_period: $short.ttl_period,
                ..message($short.id, $chat, $short.date, $short.message.clone())
            }
        };
    }
    match updates {
        enums::Updates::UpdateShortMessage(short) => {
            let from = if short.out { me } else { short.user_id };
            Some(expand!(short, PeerId::User(short.user_id), Some(PeerId::User(from).into())))
        }
        enums::Updates::UpdateShortChatMessage(short) => {
            Some(expand!(short, PeerId::Chat(short.chat_id), Some(PeerId::User(short.from_id).into())))
        }
        _ => None,
    }
}

/// What a message says of what it answers, out of what its sender asked for.
pub(crate) fn header(reply: types::InputReplyToMessage) -> enums::MessageReplyHeader {
    types::MessageReplyHeader {
        reply_to_scheduled: false,
        forum_topic: false,
        quote: reply.quote_text.is_some(),
        reply_to_ephemeral: false,
        reply_to_msg_id: Some(reply.reply_to_msg_id),
        reply_to_peer_id: None,
        reply_from: None,
        reply_media: None,
        reply_to_top_id: reply.top_msg_id,
        quote_text: reply.quote_text,
        quote_entities: reply.quote_entities,
        quote_offset: reply.quote_offset,
        todo_item_id: reply.todo_item_id,
        poll_option: reply.poll_option,
        quote_rich: reply.quote_rich,
    }
    .into()
}
