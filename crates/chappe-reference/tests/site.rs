//! The site as a whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chappe_reference::page::Catalogue;
use chappe_reference::site::Site;
use chappe_reference::{Model, Prose};

#[test]
fn the_prose_of_the_tree_is_well_formed() {
    let model = Model::load().unwrap();
    let (_, problems) = Prose::embedded(&model);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_page_of_a_method_is_there_in_three_forms() {
    let model = Model::load().unwrap();
    let (prose, _) = Prose::embedded(&model);
    let catalogue = Catalogue::new(&model, &prose, None);
    let site = Site::new(&catalogue).unwrap();
    let file = |path: &str| site.file(path).unwrap().unwrap_or_else(|| panic!("there is no {path}"));

    let html = file("methods/messages.sendEncryptedService.html");
    for part in [
        "<h1>messages.<wbr>send<wbr>Encrypted<wbr>Service</h1>",
        "#32d439a4",
        "../types/InputEncryptedChat.html",
        "Possible errors",
    ] {
        assert!(html.contains(part), "{part} is not in the page");
    }
    let markdown = file("methods/messages.sendEncryptedService.md");
    assert!(markdown.starts_with("# messages.SendEncryptedService\n\nHands the server"), "{markdown}");
    for part in [
        "## Parameters\n\n| Name | Type | Description |",
        "## Can bots use this method?\n\nNo\n",
        "## Related pages\n\n#### [",
    ] {
        assert!(markdown.contains(part), "{part} is not in the page:\n{markdown}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&file("methods/messages.sendEncryptedService.json")).unwrap();
    assert_eq!(json["kind"], "method");
    assert_eq!(json["params"][0]["type"]["path"], "types/InputEncryptedChat");

    assert!(file("id/32d439a4.html").contains("../methods/messages.sendEncryptedService.html"));
    assert!(file("secret/types/DecryptedMessage.html").contains("decryptedMessageService"));
    assert!(file("errors/FLOOD_WAIT_X.html").contains("FLOOD_WAIT_31"));
    assert!(file("llms.txt").contains("](types/EncryptedChat.md)"));
    assert!(file("index.html").contains("methods/index.html#messages"));
    assert!(site.file("methods/messages.sendNothing.html").unwrap().is_none());
}

#[test]
fn a_page_without_prose_shows_no_empty_section() {
    let model = Model::load().unwrap();
    let (prose, _) = Prose::read(&model, []);
    let catalogue = Catalogue::new(&model, &prose, None);
    let site = Site::new(&catalogue).unwrap();
    // Every fifth: without optimisation all of them take half a minute.
    for number in (0..catalogue.len()).step_by(5) {
        let page = catalogue.page(number).unwrap();
        let markdown = site.file(&format!("{}.md", page.path())).unwrap().unwrap();
        let lines: Vec<_> = markdown.lines().filter(|line| !line.is_empty()).collect();
        let empty = |pair: &&[&str]| pair[0].starts_with("## ") && pair[1].starts_with("## ");
        let found = lines.windows(2).find(empty);
        assert!(
            found.is_none() && !lines.last().is_some_and(|line| line.starts_with('#') && lines.len() > 1),
            "{}: {found:?}\n{markdown}",
            page.path()
        );
    }
}
