package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uses the page of {@code serve} in Chromium, where it is installed. */
class PageTest {
    @TempDir
    private static Path folder;

    /** The classes that the page offers for a lesson. */
    private static final String LISTED =
            "[...document.getElementById('classes').options].map(each => each.value).join()";

    private static ServedPage served;

    private BrowserTab tab;
    private PageUser user;
    /** Parts of console messages that a test provokes. */
    private final List<String> expectedMessages = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        served = new ServedPage(folder);
    }

    @AfterAll
    static void stop() throws IOException {
        if (served != null) { // without Chromium, there is none
            served.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        tab = served.open();
        user = new PageUser(tab);
    }

    /** Whatever a test does, the page asks its own server only, and nothing goes wrong in it. */
    @AfterEach
    void closeTab() {
        assertThat(tab.requests()).allMatch(address -> address.startsWith("http://127.0.0.1:"));
        assertThat(tab.messages()).allMatch(message -> expectedMessages.stream().anyMatch(message::contains));
        tab.close();
    }

    @Test
    void showsWhoDecidedAboutADroppedPicture() throws IOException {
        tab.drop(served.picture("green.bmp", 2, (byte) 0, (byte) 255, (byte) 0), 250, 400);
        tab.await(PageUser.ANSWERED);
        assertThat(tab.text("#verdict")).startsWith("Together they say grass");
        assertThat(tab.text("#voices")).contains("The network alone says the same", "and so does the memory");
        assertThat(tab.text("#caption")).isEqualTo("green.bmp: 2 × 2 pixels, sent as it is");
        assertThat(tab.text("#bars thead")).contains("Network", "Memory", "Together");
        assertThat(Stream.of("cherry", "grass", "sky")
                        .mapToInt(name -> percent(name, 3))
                        .sum())
                .isBetween(99, 101);
        assertThat(percent("grass", 3)).isGreaterThan(percent("sky", 3));
        tab.await("document.querySelector('#neighbors img').naturalWidth > 0");
        assertThat(tab.text("#neighbors li")).contains("100\u202f% of grass", "similarity 1.000");
        assertThat(tab.text("#legend"))
                .isEqualTo("The percentage is a picture's part of what the remembered pictures of its class say.");
    }

    private int percent(String className, int column) {
        return (int) Double.parseDouble(user.cell(className, column).replace("\u202f%", ""));
    }

    @Test
    void theDemonstrationShowsThePicturesThatDecided() throws IOException {
        Files.createSymbolicLink(folder.resolve("models"), Path.of("models").toAbsolutePath());
        Process demonstration = new ProcessBuilder(JavaCommand.of(
                        List.of("-Duser.home=" + folder), Afterimage.class, "serve", "--demo", "--port", "0"))
                .directory(folder.toFile())
                .start();
        try {
            tab.load(ServedPage.address(demonstration), "document.querySelector('#remembered-list > li')");
            Process second = new ProcessBuilder(JavaCommand.of(
                            List.of("-Duser.home=" + folder), Afterimage.class, "serve", "--demo", "--port", "0"))
                    .directory(folder.toFile())
                    .start();
            assertThat(second.errorReader().readLine())
                    .contains("process " + demonstration.pid() + " uses the copies in", "another serve --demo");
            tab.click("[aria-label=\"drawn deer.png\"]");
            tab.await("document.getElementById('verdict').textContent !== 'What is it?'"
                    + " && document.querySelectorAll('#neighbors img').length === 8"
                    + " && [...document.querySelectorAll('#neighbors img')].every(each => each.naturalWidth > 0)");
            assertThat(tab.text("#verdict")).startsWith("Together they say deer");
            tab.click("[aria-label=\"drawn dog.png\"]"); // the picture of the README
            tab.await("document.getElementById('verdict').textContent.startsWith('Together they say dog')");
            assertThat(tab.text("#voices")).contains("It is recognised", "The network alone says bird");
        } finally {
            tab.load(served.address(), PageUser.READY);
            demonstration.destroyForcibly();
        }
    }

    @Test
    void takesTheFirstOfPastedPictures() throws IOException {
        String bytes = Base64.getEncoder().encodeToString(Files.readAllBytes(served.teal()));
        tab.evaluate(
                "(() => { const data = new DataTransfer(); const bytes = Uint8Array.from(atob('" + bytes
                        + "'), each => each.charCodeAt(0)); for (const name of ['image.bmp', 'other.bmp'])"
                        + " data.items.add(new File([bytes], name, { type: 'image/bmp' }));"
                        + " document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); })()");
        tab.await(PageUser.ANSWERED);
        assertThat(tab.text("#caption")).startsWith("image.bmp").endsWith("; the first of 2 files");
    }

    @Test
    void aLessonChangesTheAnswerAndUndoTakesItBack() throws IOException {
        user.ask(served.teal());
        String before = user.cell("cherry", 2);
        Object keys = user.keys();
        user.teach("cherry");
        assertThat(tab.text("#change"))
                .contains(
                        "The memory gives “cherry”",
                        "instead of " + before,
                        "Of 3 pictures that the index was tuned with,");
        assertThat(user.cell("cherry", 2)).isNotEqualTo(before);
        assertThat(tab.evaluate("document.querySelectorAll('#bars .memory b.shown').length"))
                .isNotEqualTo(0);
        assertThat(tab.text("#neighbors .taught")).contains("cherry", "taught here");
        tab.await("document.querySelector('#neighbors .taught img').naturalWidth > 0");
        assertThat(tab.text("#undo")).isEqualTo("Undo “cherry”");
        assertThat(user.keys()).isNotEqualTo(keys);
        user.undo();
        assertThat(tab.text("#change")).startsWith("Of 3 pictures that the index was tuned with,");
        assertThat(user.keys()).isEqualTo(keys);
        assertThat(user.cell("cherry", 2)).isEqualTo(before);
    }

    @Test
    void aNewClassIsKnownToTheMemoryOnly() throws IOException {
        user.ask(served.teal());
        tab.evaluate("document.getElementById('label').focus()");
        tab.type("ocean");
        assertThat(tab.text("#hint")).contains("A new class. The network does not know it");
        user.teach("ocean");
        assertThat(user.cell("ocean", 1)).isEqualTo("0\u202f%");
        assertThat(user.cell("ocean", 2)).isNotEqualTo("0\u202f%");
        assertThat(tab.evaluate(LISTED)).isEqualTo("cherry,grass,sky,ocean");
        user.undo();
    }

    @Test
    void saysWhyAnAnswerIsUncertain() throws IOException {
        user.ask(served.teal());
        assertThat(tab.evaluate("document.getElementById('doubt').hidden")).isEqualTo(false);
        assertThat(tab.text("#verdict")).isEqualTo("Not sure");
        assertThat(tab.text("#voices")).startsWith("Together they would say ");
        assertThat(tab.text("#doubt"))
                .startsWith("The network says ")
                .contains(", the memory ", "Teach it what this is");
    }

    @Test
    void taughtPicturesAreAtHandForTheNextVisitor() throws IOException {
        user.ask(served.teal());
        user.teach("sky");
        tab.load(served.address(), PageUser.READY);
        tab.await("!document.getElementById('taught').hidden");
        tab.click("[aria-label=\"teal.bmp, remembered as sky\"]");
        tab.await(PageUser.ANSWERED);
        assertThat(tab.text("#caption")).startsWith("teal.bmp");
        assertThat(tab.text("#taught-list")).matches(lesson("sky"));
        tab.evaluate("document.querySelector('[aria-label=\"Forget teal.bmp, remembered as sky\"]').focus()");
        tab.press("Enter", 13);
        assertThat(tab.text("#question-text")).startsWith("Forget teal.bmp, remembered as sky? The index is saved");
        tab.evaluate("document.getElementById('question-yes').focus()");
        tab.press("Enter", 13);
        tab.await("document.getElementById('taught').hidden");
        tab.await("/^Receipt: key [0-9]+ is erased/.test(document.getElementById('change').textContent)");
        assertThat(tab.evaluate("document.activeElement.id")).isEqualTo("file");
        user.rest();
        assertThat(user.keys()).isEqualTo(3);
    }

    /** Returns the pattern of a row of the lessons: class, time and buttons. */
    private static String lesson(String label) {
        return label + "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}Take backForget";
    }

    @Test
    void aPictureThatIsRememberedAsAnotherClassIsReplacedIfTheUserSaysSo() throws IOException {
        expectedMessages.add("status of 409");
        user.ask(served.teal());
        user.teach("sky");
        Object keys = user.keys();
        for (String answer : List.of("#question .button", "#question-yes")) {
            tab.evaluate(
                    "document.getElementById('label').value = 'grass'; document.getElementById('remember').click()");
            tab.await("document.getElementById('question').open");
            assertThat(tab.text("#question-text"))
                    .isEqualTo("This picture is already remembered as “sky”: replace it by “grass”?");
            assertThat(tab.text("#taught-list")).matches(lesson("sky"));
            tab.click(answer);
            tab.await("document.getElementById('teach').ariaBusy === 'false'");
        }
        assertThat(tab.text("#taught-list")).matches(lesson("grass"));
        user.rest();
        assertThat(user.keys()).isEqualTo(keys);
        user.undo();
        assertThat(tab.text("#taught-list")).as("the former lesson is back").matches(lesson("sky"));
        assertThat(user.keys()).isEqualTo(keys);
    }

    @Test
    void aClassWhosePicturesAreForgottenIsNoLongerListed() throws IOException {
        user.ask(served.teal());
        user.teach("ocean");
        tab.load(served.address(), PageUser.READY);
        tab.await("!document.getElementById('taught').hidden");
        assertThat(tab.text("#voices")).contains("ocean");
        tab.click("[aria-label=\"Take back teal.bmp, remembered as ocean\"]");
        tab.await("document.getElementById('taught').hidden");
        tab.await("!document.getElementById('voices').textContent.includes('ocean')");
        assertThat(tab.evaluate(LISTED)).isEqualTo("cherry,grass,sky");
    }

    @Test
    void theNewestOfManyTaughtPicturesComeFirst() throws IOException {
        user.ask(served.teal());
        user.teach("sky");
        user.ask(served.picture("olive.bmp", 2, (byte) 120, (byte) 130, (byte) 10));
        user.teach("grass");
        tab.call(
                "Page.addScriptToEvaluateOnNewDocument",
                "source",
                "{ const send = fetch; window.fetch = (path, options) => send(path.replace('limit=1000', 'limit=1'), options); }");
        tab.load(served.address(), "document.querySelectorAll('#taught-list li').length === 2");
        assertThat(tab.text("#taught-list")).matches(lesson("grass") + lesson("sky"));
    }

    @Test
    void aLessonSaysNothingAboutAPictureThatWasChosenMeanwhile() throws IOException {
        user.ask(served.teal());
        tab.evaluate(
                "{ const send = fetch; window.fetch = async (path, options) => {"
                        + " if (/keys$/.test(path)) await new Promise(resolve => (window.go = resolve)); return send(path, options); }; }");
        tab.evaluate("document.getElementById('label').value = 'sky'; document.getElementById('remember').click()");
        tab.await("window.go");
        tab.choose("#file", served.picture("green.bmp", 2, (byte) 0, (byte) 255, (byte) 0));
        tab.await("document.getElementById('verdict').textContent.startsWith('Together they say grass')");
        tab.evaluate("go()");
        tab.await("document.querySelectorAll('#taught-list li').length === 1");
        user.rest();
        assertThat(tab.text("#change")).startsWith("Of 3 pictures").doesNotContain("The memory gives");
        assertThat(tab.text("#verdict")).startsWith("Together they say grass");
    }

    @Test
    void theNumberOfAClassStandsForItsName() throws IOException {
        user.ask(served.teal());
        tab.evaluate("document.getElementById('label').focus()");
        tab.type("1");
        assertThat(tab.text("#hint")).isEqualTo("Class 1 is “grass”.");
        user.teach("1");
        assertThat(tab.text("#taught-list")).matches(lesson("grass"));
    }

    @Test
    void theNearestComesFirstWithItsPartOfItsClass() throws IOException {
        user.load(
                served.address(), "/explain", "answer.answers[0].neighbors.forEach((each, i) => (each.share = i / 3))");
        user.ask(served.teal());
        assertThat(
                        tab.evaluate(
                                "[...document.querySelectorAll('#neighbors .share')].map(each => parseInt(each.textContent)).join()"))
                .isEqualTo("0,33,67");
    }

    @Test
    void namesTheClassesThatHaveTheTrueOneWithACertainty() throws IOException {
        user.ask(served.picture("green.bmp", 2, (byte) 0, (byte) 255, (byte) 0));
        assertThat(tab.text("#set")).isEqualTo("With 75\u202f% certainty, it is grass."); // of three tuning pictures
    }

    @Test
    void aModelThatTakesNoPicturesIsSaidToBeOne() {
        user.load(served.address(), "/colours", "answer.inputs = answer.inputs.filter(each => each.name !== 'image')");
        assertThat(tab.text("#problem")).startsWith("The model colours takes features, not pictures.");
        assertThat(tab.text("#voices")).isEmpty();
    }

    @Test
    void aCommandThatCannotBeCopiedIsSelected() throws IOException {
        user.ask(served.teal());
        tab.evaluate(
                "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.querySelector('#as-command').open = true");
        tab.click("#copy");
        tab.await("document.getElementById('copy').textContent === 'Selected: press Ctrl+C'");
        assertThat(tab.evaluate("getSelection().toString()")).isEqualTo(tab.text("#command"));
    }

    @Test
    void tellsTheCommandThatAsksTheSame() throws IOException {
        user.ask(Files.copy(served.teal(), folder.resolve("it's teal.bmp")));
        String path = served.address() + "v2/models/colours/classify";
        assertThat(tab.text("#command")).isEqualTo("curl -T 'it'\\''s teal.bmp' " + path);
        assertThat(tab.evaluate("document.getElementById('sent').download")).isEqualTo("it's teal.bmp");
    }

    @Test
    void onAPhoneThePageGoesToTheVerdict() throws IOException {
        tab.sized(400, 700, "dark").load(served.address(), PageUser.READY);
        user.ask(served.teal());
        tab.await("document.getElementById('verdict').getBoundingClientRect().top < 200");
        tab.evaluate("document.getElementById('teach').scrollIntoView({ block: 'center', behavior: 'instant' })");
        tab.await("document.getElementById('preview').getBoundingClientRect().top >= 0"
                + " && document.getElementById('preview').getBoundingClientRect().bottom"
                + " <= document.getElementById('teach').getBoundingClientRect().top");
    }

    @Test
    void onAPhoneTheFocusIsNeverHiddenAndInForcedColoursButtonsCanBeRead() throws IOException {
        tab.sized(390, 844, "light");
        tab.call("Emulation.setEmulatedMedia", "features", List.of(Map.of("name", "forced-colors", "value", "active")));
        tab.load(served.address(), PageUser.READY);
        user.ask(served.teal());
        for (int step = 0; step < 60; step++) {
            tab.press("Tab", 9);
            assertThat(tab.evaluate("(focus => { const box = focus.getBoundingClientRect();"
                            + " const [x, y] = [box.left + Math.min(box.width, 8) / 2, box.top + Math.min(box.height, 8) / 2];"
                            + " const top = document.elementFromPoint(x, y);"
                            + " return focus === document.body || focus.contains(top) || top?.contains(focus)"
                            + " ? '' : focus.outerHTML; })(document.activeElement)"))
                    .as("step %d", step)
                    .isEqualTo("");
        }
        assertThat(
                        tab.evaluate(
                                "[...document.querySelectorAll('button')].filter(each => each.checkVisibility())"
                                        + ".map(each => getComputedStyle(each)).filter(style => style.color === style.backgroundColor).length"))
                .isEqualTo(0);
    }

    @Test
    void linksAndButtonsAreHighEnoughForAFinger() throws IOException {
        for (String page : List.of("", "v2/docs")) {
            tab.sized(400, 700, "light").load(served.address().resolve(page), "document.querySelector('.brand')");
            assertThat(tab.evaluate("[...document.querySelectorAll('a, button, summary, select')]"
                            + ".filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 24)"
                            + ".map(each => each.textContent.trim()).join()"))
                    .isEqualTo("");
        }
    }

    @Test
    void anExampleStandsWhereTheAnswerWillBe() throws IOException {
        tab.await("!document.getElementById('example').hidden");
        assertThat(tab.text("#example"))
                .isEqualTo("An example: the answer to this picture, which it remembers as cherry.");
        assertThat(tab.evaluate("document.getElementById('example-picture').naturalWidth"))
                .isNotEqualTo(0);
        assertThat(tab.text("#verdict")).isEqualTo("What is it?");
        assertThat(percent("cherry", 3)).isGreaterThan(percent("grass", 3));
        user.ask(served.picture("green.bmp", 2, (byte) 0, (byte) 255, (byte) 0));
        assertThat(tab.evaluate("document.getElementById('example').hidden")).isEqualTo(true);
        assertThat(percent("grass", 3)).isGreaterThan(percent("cherry", 3));
    }

    @Test
    void aNameOfBlanksIsNotSent() throws IOException {
        user.ask(served.teal());
        tab.evaluate("document.getElementById('label').focus()");
        tab.type("  ");
        tab.press("Enter", 13);
        user.rest();
        assertThat(user.keys()).isEqualTo(3);
        assertThat(tab.evaluate("document.getElementById('problem').hidden")).isEqualTo(true);
    }

    @Test
    void theCallsAreListedForPeople() throws IOException {
        tab.load(served.address().resolve("v2/docs"), "document.querySelector('.call')");
        assertThat(tab.text("#calls")).contains("POST /v2/models/{model}/infer", "PUT /v2/models/{model}/classify");
    }

    @Test
    void aFileNameThatLooksLikeMarkupStaysText() throws IOException {
        String name = "<img src=x onerror=\"document.title=1\">.bmp";
        user.ask(Files.copy(served.teal(), folder.resolve(name)));
        assertThat(tab.text("#caption")).startsWith(name);
        user.teach("sky");
        assertThat(tab.evaluate("document.querySelector('#neighbors .taught').title"))
                .isEqualTo(name);
        assertThat(tab.evaluate("document.querySelectorAll('[onerror]').length"))
                .isEqualTo(0);
        assertThat(tab.evaluate("document.title")).isEqualTo("Afterimage");
        user.undo();
    }

    @Test
    void picturesOfTheRightSizeStayAsTheyAreAndOthersAreFitted() throws IOException {
        tab.await("!document.getElementById('example').hidden"); // whose question would be the first
        tab.evaluate("window.sent = []; const send = fetch; window.fetch = (path, options) => {"
                + " if (path.endsWith('/explain')) sent.push(JSON.parse(options.body).inputs[0].data[0]);"
                + " return send(path, options); }; 0");
        Path teal = served.teal();
        user.ask(teal);
        assertThat(tab.evaluate("sent[0]")).isEqualTo(Base64.getEncoder().encodeToString(Files.readAllBytes(teal)));
        tab.evaluate(
                "document.addEventListener('change', () => window.atOnce = document.getElementById('caption').textContent)");
        tab.choose("#file", served.picture("large.bmp", 600, (byte) 250, (byte) 10, (byte) 10));
        tab.await("document.getElementById('verdict').textContent.includes('cherry')");
        assertThat(tab.evaluate("atOnce")).isEqualTo("Reading large.bmp …");
        assertThat(tab.text("#caption")).isEqualTo("large.bmp: 600 × 600 pixels, scaled to 2 × 2");
    }

    @Test
    void aFileThatIsNoPictureTakesTheAnswerAway() throws IOException {
        expectedMessages.add("status of 400");
        user.ask(served.teal());
        tab.choose("#file", Files.writeString(folder.resolve("notes.png"), "no picture"));
        tab.await("!document.getElementById('problem').hidden");
        assertThat(tab.text("#problem")).isEqualTo("notes.png is not a PNG, JPEG, BMP, GIF, TIFF or WebP image");
        assertThat(tab.text("#verdict")).isEqualTo("What is it?");
        assertThat(tab.evaluate("document.getElementById('decided').hidden")).isEqualTo(true);
        user.ask(served.teal());
        assertThat(tab.evaluate("document.getElementById('problem').hidden")).isEqualTo(true);
    }

    @Test
    void asksForTheTokenBeforeItReads() throws IOException {
        expectedMessages.add("status of 401");
        Path token = Files.writeString(folder.resolve("token"), "open-sesame-open-sesame-open-sesame");
        served.build("secret.safetensors");
        Process guarded = served.serve("secret.safetensors", "--token-file", token.toString(), "--token-for-reads");
        try {
            tab.load(ServedPage.address(guarded), "document.querySelector('#token-dialog[open]')");
            tab.type(Files.readString(token));
            tab.press("Enter", 13);
            tab.await(PageUser.READY);
            user.ask(served.teal());
            tab.await("document.querySelector('#neighbors img').naturalWidth > 0");
        } finally {
            tab.evaluate("sessionStorage.clear()");
            tab.load(served.address(), PageUser.READY);
            guarded.destroyForcibly();
        }
    }

    @Test
    void asksForTheTokenAndKeepsItInThisTabOnly() throws IOException {
        expectedMessages.add("status of 401");
        Path token = Files.writeString(folder.resolve("token"), "open-sesame-open-sesame-open-sesame");
        served.build("guarded.safetensors");
        Process guarded = served.serve("guarded.safetensors", "--token-file", token.toString());
        try {
            tab.load(ServedPage.address(guarded), PageUser.READY);
            user.ask(served.teal());
            tab.evaluate("document.getElementById('label').focus()");
            tab.type("sky");
            tab.press("Enter", 13);
            tab.await("document.getElementById('token-dialog').open");
            tab.type(Files.readString(token));
            tab.press("Enter", 13);
            tab.await("!document.getElementById('change').hidden");
            assertThat(tab.evaluate("sessionStorage.length + localStorage.length"))
                    .isEqualTo(1);
        } finally {
            tab.load(served.address(), PageUser.READY);
            guarded.destroyForcibly();
        }
    }
}
