package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Uses the page of {@code serve} in Chromium, where it is installed, with a network that tells red, green and blue pictures apart.
 *
 * <p>Accessibility and contrast are checked by axe-core if the system property {@code afterimage.axe} names its file:
 *
 * <pre>
 * npm install --prefix FOLDER axe-core
 * mvn verify -Dtest=PageTest -Dafterimage.axe=FOLDER/node_modules/axe-core/axe.min.js
 * </pre>
 */
class PageTest {
    private static final List<String> CLASSES = List.of("cherry", "grass", "sky");

    @TempDir
    private static Path folder;

    private static Chromium browser;
    private static Process server;
    private static URI page;

    private BrowserTab tab;
    private PageUser user;
    /** Parts of console messages that a test provokes. */
    private final List<String> expectedMessages = new ArrayList<>(List.of("/statistics"));

    @BeforeAll
    static void start() throws IOException {
        browser = Chromium.start(folder.resolve("profile"));
        for (int colour = 0; colour < 3; colour++) {
            byte[] pixel = new byte[3];
            pixel[colour] = (byte) 255;
            picture("keys/" + CLASSES.get(colour) + "/" + colour + ".bmp", 2, pixel);
        }
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        Run.done(
                "build --model %s --layers hidden --data images:%s --out %s",
                model, folder.resolve("keys"), folder.resolve("index.safetensors"));
        server = serve();
        page = address(server);
    }

    private static Process serve(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "serve", "--teach", "--port", "0", "--theta", "2", "--lambda", "0.5", "--name", "colours", "--index"));
        command.add(folder.resolve("index.safetensors").toString());
        command.addAll(List.of("--model", folder.resolve("colours.onnx").toString()));
        command.addAll(List.of(options));
        return new ProcessBuilder(JavaCommand.of(List.of(), Afterimage.class, command.toArray(String[]::new))).start();
    }

    private static URI address(Process started) throws IOException {
        String line = started.errorReader().readLine();
        assertThat(line).contains("serving http://");
        return URI.create(line.substring(line.indexOf("http"))).resolve("/");
    }

    @AfterAll
    static void stop() {
        server.destroyForcibly();
        browser.close();
    }

    @BeforeEach
    void open() throws Exception {
        HttpRequest forget = HttpRequest.newBuilder(page.resolve("v2/models/colours/keys?name=taught/*"))
                .DELETE()
                .build();
        HttpClient.newHttpClient().send(forget, HttpResponse.BodyHandlers.discarding());
        tab = browser.open().sized(1280, 900, "light").load(page, PageUser.READY);
        user = new PageUser(tab);
    }

    /** Whatever a test does, the page asks its own server only, and nothing goes wrong in it. */
    @AfterEach
    void closeTab() {
        assertThat(tab.requests()).allMatch(address -> address.startsWith(page.toString()));
        assertThat(tab.messages()).allMatch(message -> expectedMessages.stream().anyMatch(message::contains));
        tab.close();
    }

    /** Writes a picture of one colour. */
    private static Path picture(String name, int side, byte... rgb) throws IOException {
        byte[] values = new byte[3 * side * side];
        for (int i = 0; i < values.length; i++) {
            values[i] = rgb[i / (side * side)];
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, Image.ofBytes(side, side, values).encoded());
    }

    private static Path teal() throws IOException {
        return picture("teal.bmp", 2, (byte) 20, (byte) 200, (byte) 190);
    }

    @Test
    void showsWhoDecidedAboutADroppedPicture() throws IOException {
        tab.drop(picture("green.bmp", 2, (byte) 0, (byte) 255, (byte) 0), 250, 400);
        tab.await(PageUser.ANSWERED);
        assertThat(tab.text("#verdict")).startsWith("Together they say grass");
        assertThat(tab.text("#voices")).contains("The network alone says the same", "and so does the memory");
        assertThat(tab.text("#caption")).isEqualTo("green.bmp: 2 × 2 pixels, sent as it is");
        assertThat(user.cell("grass", 2)).isEqualTo("79\u202f%"); // e^2 / (e^2 + 2)
        assertThat(tab.text("#neighbors li")).contains("79\u202f%", "grass", "similarity 1.000");
        assertThat(tab.text("#others")).isEmpty();
    }

    @Test
    void takesAPastedPicture() throws IOException {
        String bytes = Base64.getEncoder().encodeToString(Files.readAllBytes(teal()));
        tab.evaluate(
                "(() => { const data = new DataTransfer(); const bytes = Uint8Array.from(atob('" + bytes
                        + "'), each => each.charCodeAt(0)); data.items.add(new File([bytes], 'image.bmp', { type: 'image/bmp' }));"
                        + " document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); })()");
        tab.await(PageUser.ANSWERED);
        assertThat(tab.text("#caption")).startsWith("image.bmp");
    }

    @Test
    void slidersActAtOnce() throws IOException {
        user.ask(teal());
        String memory = user.cell("grass", 2);
        user.move("theta", "3");
        tab.await("document.getElementById('theta-value').textContent === '1,000'");
        tab.await(
                "[...document.querySelectorAll('#bars tbody output')].some(value => value.textContent === '100\u202f%')");
        assertThat(user.cell("grass", 2)).isNotEqualTo(memory);
        user.move("lambda", "0");
        tab.await(
                "document.querySelectorAll('.best output')[0].textContent === document.querySelectorAll('.best output')[2].textContent");
        tab.click("#reset");
        tab.await("document.getElementById('reset').hidden");
        tab.await("[...document.querySelectorAll('#bars td.memory')].some(each => each.textContent === '" + memory
                + "')");
    }

    @Test
    void aLessonChangesTheAnswerAndUndoTakesItBack() throws IOException {
        user.ask(teal());
        String before = user.cell("cherry", 2);
        Object keys = user.keys();
        user.teach("cherry");
        assertThat(tab.text("#change")).contains("The memory gives “cherry”", "instead of " + before);
        assertThat(user.cell("cherry", 2)).isNotEqualTo(before);
        assertThat(tab.evaluate("document.querySelectorAll('#bars .memory b.shown').length"))
                .isNotEqualTo(0);
        assertThat(tab.text("#neighbors .taught")).contains("cherry", "taught just now");
        assertThat(tab.text("#undo")).isEqualTo("Undo “cherry”");
        assertThat(user.keys()).isNotEqualTo(keys);
        user.undo();
        assertThat(user.keys()).isEqualTo(keys);
        assertThat(user.cell("cherry", 2)).isEqualTo(before);
    }

    @Test
    void aFileNameThatLooksLikeMarkupStaysText() throws IOException {
        String name = "<img src=x onerror=\"document.title=1\">.bmp";
        user.ask(Files.copy(teal(), folder.resolve(name)));
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
        tab.evaluate("window.sent = []; const send = fetch; window.fetch = (path, options) => {"
                + " if (path.endsWith('/explain')) sent.push(JSON.parse(options.body).inputs[0].data[0]);"
                + " return send(path, options); }; 0");
        Path teal = teal();
        user.ask(teal);
        assertThat(tab.evaluate("sent[0]")).isEqualTo(Base64.getEncoder().encodeToString(Files.readAllBytes(teal)));
        tab.choose("#file", picture("large.bmp", 600, (byte) 250, (byte) 10, (byte) 10));
        tab.await("document.getElementById('verdict').textContent.includes('cherry')");
        assertThat(tab.text("#caption")).isEqualTo("large.bmp: 600 × 600 pixels, scaled to 2 × 2");
    }

    @Test
    void saysInTheServersWordsWhatIsWrong() throws IOException {
        expectedMessages.add("status of 400");
        tab.choose("#file", Files.writeString(folder.resolve("notes.png"), "no picture"));
        tab.await("!document.getElementById('problem').hidden");
        assertThat(tab.text("#problem")).contains("is not a PNG, JPEG, BMP, GIF, TIFF or WebP image");
        user.ask(teal());
        assertThat(tab.evaluate("document.getElementById('problem').hidden")).isEqualTo(true);
    }

    @ParameterizedTest
    @CsvSource({"1280,light", "1280,dark", "400,light", "400,dark", "320,dark"})
    void isReadableInEverySizeAndScheme(int width, String scheme) throws IOException {
        tab.sized(width, 800, scheme);
        user.ask(teal());
        user.teach("sky");
        assertThat((Integer) tab.evaluate("document.documentElement.scrollWidth"))
                .isLessThanOrEqualTo(width);
        String ground = "getComputedStyle(document.body).backgroundColor";
        Object before = tab.evaluate(ground);
        tab.click("#scheme");
        assertThat(tab.evaluate(ground)).isNotEqualTo(before);
        assertThat(tab.evaluate("localStorage.getItem('afterimage.scheme')")).isNotEqualTo(scheme);
        tab.evaluate("localStorage.clear()");
        tab.evaluate("document.querySelector('details').open = true");
        assertAccessible();
    }

    private void assertAccessible() throws IOException {
        String axe = System.getProperty("afterimage.axe", "");
        Assumptions.assumeFalse(
                axe.isEmpty(), "skipped: the property afterimage.axe does not name the file of axe-core");
        tab.evaluate("document.getAnimations().forEach(each => each.finish())");
        tab.evaluate(Files.readString(Path.of(axe)) + "; 0");
        assertThat(
                        tab.evaluate(
                                "axe.run().then(found => found.violations.concat(found.incomplete)"
                                        + ".map(each => each.id + ': ' + each.nodes.map(node => node.html + ' ' + node.failureSummary)).join('\\n'))"))
                .isEqualTo("");
    }

    @Test
    void needsNoMouse() {
        List<Object> visited = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tab.press("Tab", 9);
            visited.add(tab.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label')"));
        }
        assertThat(visited).contains("scheme", "file", "drawn ship.png");
        tab.evaluate("document.querySelector('[aria-label=\"drawn ship.png\"]').focus()");
        tab.press("Enter", 13);
        tab.await(PageUser.ANSWERED);
        user.rest();
        tab.evaluate("document.querySelector('#at-hand-list li:last-child button').focus()");
        tab.press("Tab", 9);
        tab.type("grass");
        tab.press("Enter", 13);
        tab.await("!document.getElementById('change').hidden");
        user.rest();
        tab.press("Tab", 9);
        tab.press("Tab", 9);
        assertThat(tab.evaluate("document.activeElement.id")).isEqualTo("undo");
        tab.press("Enter", 13);
        tab.await("document.getElementById('change').hidden");
        user.rest();
        assertThat(tab.evaluate("document.activeElement.id")).isEqualTo("label");
        tab.evaluate("document.getElementById('theta').focus()");
        String theta = tab.text("#theta-value");
        tab.press("ArrowRight", 39);
        tab.await("document.getElementById('theta-value').textContent !== '" + theta + "'");
    }

    @Test
    @SuppressWarnings("unchecked")
    void everythingHasANameForAScreenReader() throws IOException {
        user.ask(teal());
        tab.await("document.getElementById('announcement').textContent.startsWith('Together they say')");
        List<String> named = new ArrayList<>();
        for (Object node :
                (List<Object>) tab.call("Accessibility.getFullAXTree").get("nodes")) {
            Map<String, Map<String, Object>> fields = (Map<String, Map<String, Object>>) node;
            if (fields.containsKey("role")) {
                Object name = fields.getOrDefault("name", Map.of()).get("value");
                named.add(fields.get("role").get("value") + " " + name);
            }
        }
        assertThat(named)
                .contains(
                        "combobox This is a",
                        "button Remember it",
                        "slider Weight of the memory λ",
                        "slider Sharpness of the memory θ",
                        "table Probabilities of the classes",
                        "columnheader Network",
                        "rowheader grass",
                        "button drawn ship.png",
                        "main ")
                .doesNotContain("button ", "slider ", "combobox ", "image ", "link ");
    }
}
