package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.cli.start.TryPageTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens the pages in Chromium without a window, where it is installed. */
class PagesInABrowserTest {
    @TempDir
    private static Path profile;

    private static @Nullable Chromium browser; // starts with the first page

    @TempDir
    private Path folder;

    @AfterAll
    static void close() throws IOException {
        if (browser != null) {
            browser.close();
        }
    }

    /** Returns what JavaScript finds in a page that a window shows; fails if the browser printed anything on its console. */
    private static String found(String script, Path page, int width) throws IOException, InterruptedException {
        if (browser == null) {
            browser = Chromium.start(profile);
        }
        try (BrowserTab tab = browser.open()) {
            tab.sized(width, 800, "light").load(page.toUri(), "document.readyState === 'complete' && document.title");
            String found = tab.evaluate(script).toString();
            assertThat(tab.messages()).isEmpty();
            return found;
        }
    }

    /** Returns the document that the browser made of a page. */
    private static String opened(Path page) throws IOException, InterruptedException {
        return found("document.documentElement.outerHTML", page, 1280);
    }

    private static void assertShows(String dom, int charts, String... headings) {
        assertThat(dom).doesNotContain("NaN", "undefined");
        assertThat(Pattern.compile("<div class=\"chart ").matcher(dom).results().count())
                .isEqualTo(charts);
        for (String heading : headings) {
            assertThat(dom).containsPattern("<h[12]>[^<]*" + Pattern.quote(heading));
        }
    }

    private Path page(Object... command) {
        Path page = folder.resolve("page.html");
        Run.done(command, "--work", folder.resolve("work"), "--page", page);
        return page;
    }

    @Test
    void showsTableOne() throws IOException, InterruptedException {
        Path page = page(
                "reproduce table1 --data %s --test %s --hold-out 60 --paper 8.33,7.58,11.87",
                Clusters.write(folder.resolve("training.npz"), 300, 1),
                Clusters.write(folder.resolve("test.npz"), 201, 2));
        assertShows(opened(page), 3, "with a cache", "Does it know how sure it may be?", "If it may decline to answer");
    }

    @Test
    void showsSizes() throws IOException, InterruptedException {
        String training = Clusters.write(folder.resolve("training.npz"), 300, 1);
        String test = Clusters.write(folder.resolve("test.npz"), 201, 2);
        Object[] data = {"--data %s --test %s --hold-out 60", training, test};
        assertShows(opened(page("reproduce size", data)), 2, "How many keys does it take?", "In numbers");
    }

    @Test
    void showsAttacks() throws IOException, InterruptedException {
        Random random = new Random(4);
        float[] values = new float[3 * 3072];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f + 0.3f * (float) Math.sin(i % 32 * (i / 3072 + 1) / 5.0) + 0.1f * random.nextFloat();
        }
        String images = NpzFile.images(folder.resolve("images.npz"), values, 32, 0, 3, 5);
        Path page = folder.resolve("page.html");
        Object[] model = {
            "--model models/cifar10_resnet.onnx --index models/cifar10.safetensors --data %s --count 2 --theta 30 --lambda 0.5 --page %s",
            images,
            page
        };
        Run.done("reproduce attacks", "--attacks", "ifgsm", "--against", "network,mixed", model);
        String dom = opened(page);
        assertShows(dom, 0, "How much an image must change", "I-FGSM on the mixed");
        assertThat(dom).contains("data:image/png;base64,");
    }

    @Test
    void showsTheDemo() throws IOException, InterruptedException {
        Path page = folder.resolve("demo.html");
        DemoTest.models(folder);
        Run.done("demo --models %s --page %s", folder, page);
        assertShows(
                opened(page),
                5,
                "A lesson is learned",
                "1. Lessons",
                "2. Learning while it runs",
                "3. Without a lesson",
                "4. The engines side by side");
    }

    /** Asserts that a page is no wider than a small screen. */
    private static void assertFitsASmallScreen(Path page) throws IOException, InterruptedException {
        String wide =
                "[...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > 400)"
                        + ".map(each => each.outerHTML).join()";
        assertThat(found("document.documentElement.scrollWidth > 400 || " + wide, page, 400))
                .isIn("", "false");
    }

    @Test
    void showsATrialOnASmallScreen() throws IOException, InterruptedException {
        Path page = Files.writeString(folder.resolve("try.html"), TryPageTest.html(true));
        assertShows(opened(page), 2, "Helps", "In numbers", "What it costs", "Examples", "Go on");
        assertFitsASmallScreen(page);
    }

    @Test
    void readsEachSchemeFromTheBrowser() throws IOException {
        Path page = page(
                "reproduce size --data %s --test %s --sizes 100",
                Clusters.write(folder.resolve("training.npz"), 300, 1),
                Clusters.write(folder.resolve("test.npz"), 201, 2));
        assertThat(page).content().contains("prefers-color-scheme: dark", "color-scheme: light dark");
    }
}
