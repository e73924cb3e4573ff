package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * Uses the page of {@code serve} in Chromium, where it is installed, as people do who see it small, in the dark or not at all.
 *
 * <p>axe-core checks accessibility and contrast if the system property {@code afterimage.axe} names its file:
 *
 * <pre>
 * npm install --prefix FOLDER axe-core
 * mvn verify -Dtest=PageAccessTest -Dsurefire.failIfNoSpecifiedTests=false -Dafterimage.axe=FOLDER/node_modules/axe-core/axe.min.js
 * </pre>
 */
class PageAccessTest {
    @TempDir
    private static Path folder;

    private static ServedPage served;

    private BrowserTab tab;
    private PageUser user;

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

    @AfterEach
    void closeTab() {
        assertThat(tab.messages()).isEmpty();
        tab.close();
    }

    @ParameterizedTest
    @CsvSource({"1280,light", "1280,dark", "400,light", "400,dark", "320,dark"})
    void isReadableInEverySizeAndScheme(int width, String scheme) throws IOException {
        tab.sized(width, 800, scheme);
        user.ask(served.teal());
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
        tab.evaluate("document.querySelector('#remembered-list li:last-child button').focus()");
        tab.press("Tab", 9);
        tab.type("grass");
        tab.press("Enter", 13);
        tab.await("!document.getElementById('change').hidden");
        user.rest();
        tab.press("Tab", 9);
        tab.press("Tab", 9);
        assertThat(tab.evaluate("document.activeElement.id")).isEqualTo("undo");
        tab.press("Enter", 13);
        tab.await("document.getElementById('undo').hidden");
        user.rest();
        assertThat(tab.evaluate("document.activeElement.id")).isEqualTo("label");
    }

    @Test
    @SuppressWarnings("unchecked")
    void everythingHasANameForAScreenReader() throws IOException {
        user.ask(served.teal());
        tab.await("document.getElementById('announcement').textContent.startsWith('Not sure Together they would say')");
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
                        "table Probabilities of the classes",
                        "columnheader Network",
                        "rowheader grass",
                        "button drawn ship.png",
                        "main ")
                .doesNotContain("button ", "combobox ", "image ", "link ");
    }
}
