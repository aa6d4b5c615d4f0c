//! The page in a real browser: reflow at 320 pixels, light and dark, print, and accessibility.
//!
//! Runs where Chromium is found: the variable `GUILDHALL_CHROMIUM` names the program, otherwise
//! `chromium`, `chromium-browser` or `google-chrome` is looked for on the path. Where `GUILDHALL_AXE`
//! names a copy of `axe.min.js` (`npm install axe-core`, then `node_modules/axe-core/axe.min.js`), every
//! rule of WCAG 2.2 A and AA and the best practices must hold with no serious or critical finding.
//! Whatever is missing is said and skipped. `GUILDHALL_SCREENSHOTS` names a folder that keeps the pictures.
//!
//! The probe is put into a copy of the page made for the test, in a frame of the width to be tested;
//! the page itself holds no script.

mod support {
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod made_up;
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod releases;
}

use guildhall_report::{html, release_html};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::made_up::{self, Wish};
use support::releases::{self, COHORTS, GROUPS, LARGE, MONTHS, NOTHING, ONE};

const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\"";

/// Tells the frame's parent what was measured.
const PROBE: &str = r#"
window.addEventListener('load', async () => {
  document.querySelectorAll('details').forEach(d => d.open = true);
  const told = [];
  if (document.documentElement.scrollWidth > innerWidth) told.push('wider than the screen: ' + document.documentElement.scrollWidth);
  if (matchMedia('(prefers-color-scheme: dark)').matches !== DARK) told.push('wrong colour scheme');
  for (const text of document.querySelectorAll('svg.chart text')) {
    const box = text.getBoundingClientRect();
    if (box.width && (box.left < -1 || box.right > innerWidth + 1)) told.push('label cut off: ' + text.textContent);
  }
  if (window.axe) {
    const found = await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']});
    for (const v of found.violations) told.push(v.impact + ' ' + v.id + ': ' + v.nodes[0].html.slice(0, 200));
    if (found.passes.length < 10) told.push('too few accessibility rules ran');
  }
  parent.postMessage(told.join(' | ') || 'fine', '*');
});"#;

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("GUILDHALL_CHROMIUM").map(PathBuf::from);
    let folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = folders.iter().flat_map(|folder| names.map(|name| folder.join(name))).find(|program| program.is_file());
    let program = named.or(found);
    if program.is_none() {
        println!("skipped: no Chromium (set GUILDHALL_CHROMIUM or install chromium)");
    }
    program
}

/// Runs Chromium without network on a file; gives back what it prints.
fn browse(program: &Path, folder: &Path, page: &str, flags: &[&str]) -> String {
    let output = Command::new(program)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .args(flags)
        .arg(format!("file://{}", folder.join(page).display()))
        .output()
        .expect("Chromium starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A copy of the page with the probe in it, and a page that frames it.
fn write_probed(folder: &Path, page: &str, axe: &str, dark: bool, width: u32) {
    let probe = PROBE.replace("DARK", if dark { "true" } else { "false" });
    let probed = page
        .replace(POLICY, "<meta name=\"without-policy\"")
        .replace("</head>", &format!("<script>{axe}</script><script>{probe}</script></head>"));
    let frame = format!(
        "<!doctype html><title>probe</title><body style='margin:0'><iframe src='probed.html' width='{width}' height='900' style='border:0'></iframe>\
         <p id='told'>nothing</p><script>onmessage = e => document.getElementById('told').textContent = e.data</script>"
    );
    std::fs::write(folder.join("probed.html"), probed).expect("a temporary folder");
    std::fs::write(folder.join("frame.html"), frame).expect("a temporary folder");
}

/// The text of `axe.min.js`, or nothing.
fn axe() -> Option<String> {
    let path = std::env::var_os("GUILDHALL_AXE");
    if path.is_none() {
        println!("accessibility rules skipped: GUILDHALL_AXE does not name axe.min.js");
    }
    path.map(|path| std::fs::read_to_string(path).expect("GUILDHALL_AXE names axe.min.js"))
}

/// What the probe has to say about a page at this width: `fine`, or what is wrong.
fn probe(program: &Path, page: &str, axe: Option<&str>, dark: bool, width: u32) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_probed(folder.path(), page, axe.unwrap_or_default(), dark, width);
    let scheme = scheme(dark);
    let flags = ["--dump-dom", "--virtual-time-budget=60000", "--window-size=1200,1000", scheme];
    let dom = browse(program, folder.path(), "frame.html", &flags);
    let told = dom.split("id=\"told\">").nth(1).and_then(|rest| rest.split("</p>").next());
    told.unwrap_or("no answer").to_owned()
}

const fn scheme(dark: bool) -> &'static str {
    if dark { "--blink-settings=preferredColorScheme=0" } else { "--blink-settings=preferredColorScheme=1" }
}

#[test]
fn fits_every_screen_and_is_accessible() {
    let Some(program) = chromium() else { return };
    let axe = axe();
    let (own, published) = (html(&made_up::own_copy(Wish::SAMPLE)), html(&made_up::document(Wish::SAMPLE)));
    for (dark, width) in [(false, 320), (true, 320), (false, 640), (false, 1100), (true, 1100)] {
        let told = probe(&program, &own, axe.as_deref(), dark, width);
        assert_eq!(told, "fine", "own copy, {width} pixels, dark: {dark}");
    }
    assert_eq!(probe(&program, &published, axe.as_deref(), false, 320), "fine");
}

#[test]
fn releases_fit_every_screen_and_are_accessible() {
    let Some(program) = chromium() else { return };
    let axe = axe();
    let page = |wish| release_html(&releases::release(wish)).expect("a sound release");
    let shapes = [("groups", GROUPS), ("months", MONTHS), ("cohorts", COHORTS)];
    for (index, (name, wish)) in shapes.into_iter().enumerate() {
        let told = probe(&program, &page(wish), axe.as_deref(), index % 2 == 1, 320);
        assert_eq!(told, "fine", "{name}, 320 pixels");
    }
    for (dark, width) in [(false, 1100), (true, 640)] {
        assert_eq!(
            probe(&program, &page(COHORTS), axe.as_deref(), dark, width),
            "fine",
            "{width} pixels, dark: {dark}"
        );
    }
    // Without the rules, which take long on so much: only that nothing is cut off.
    for wish in [ONE, NOTHING, LARGE] {
        assert_eq!(probe(&program, &page(wish), None, false, 320), "fine");
    }
}

#[test]
fn the_probe_finds_planted_faults() {
    let Some(program) = chromium() else { return };
    let page = html(&made_up::document(Wish::SAMPLE));
    let wide = page.replace("<main", "<p style='width:500px'>wide</p><main");
    assert!(probe(&program, &wide, None, false, 320).contains("wider than the screen"));
    let Some(axe) = axe() else { return };
    let mute = page.replace("<main", "<img src='data:,'><main");
    assert!(probe(&program, &mute, Some(&axe), false, 320).contains("critical image-alt"));
}

#[test]
fn light_dark_and_print_can_be_drawn() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let kept = std::env::var_os("GUILDHALL_SCREENSHOTS").map(PathBuf::from);
    let target = kept.as_deref().unwrap_or(folder.path());
    std::fs::create_dir_all(target).expect("the folder for pictures");
    std::fs::write(folder.path().join("page.html"), html(&made_up::own_copy(Wish::SAMPLE)))
        .expect("a temporary folder");
    let draw = |name: &str, flags: &[&str]| {
        let kind = if name.ends_with("pdf") { "print-to-pdf" } else { "screenshot" };
        let file = target.join(name);
        let flag = format!("--{kind}={}", file.display());
        browse(&program, folder.path(), "page.html", &[flags, &[&flag, "--no-pdf-header-footer"]].concat());
        std::fs::read(&file).expect("a picture")
    };
    let light = draw("light.png", &["--window-size=1100,1400", scheme(false)]);
    let dark = draw("dark.png", &["--window-size=1100,1400", scheme(true)]);
    let print = draw("print.pdf", &[]);
    assert!(light.starts_with(b"\x89PNG") && dark.starts_with(b"\x89PNG") && print.starts_with(b"%PDF"));
    assert!(light.len() > 20_000 && dark.len() > 20_000 && light != dark);
    assert!(print.len() > 20_000);
}
