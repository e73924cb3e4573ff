package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens the pages in Chromium without a window, where it is installed. */
class PagesInABrowserTest {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

    @TempDir
    private Path folder;

    private static String browser() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse(null);
    }

    /** What the browser made of a page; fails if it said anything on the console. */
    private String opened(Path page) throws IOException, InterruptedException {
        String browser = browser();
        Assumptions.assumeTrue(browser != null, "skipped: none of " + NAMES + " is installed");
        Path dom = folder.resolve("dom.html");
        Path log = folder.resolve("browser.log");
        Process process = new ProcessBuilder(
                        browser,
                        "--headless",
                        "--no-sandbox", // the page is our own; without it, root cannot start the browser
                        "--disable-gpu",
                        "--enable-logging=stderr",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(dom.toFile())
                .redirectError(log.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the browser ends").isTrue();
        assertThat(Files.readString(log)).doesNotContain("CONSOLE");
        return Files.readString(dom);
    }

    private static void assertShows(String dom, int charts, String... headings) {
        assertThat(dom).doesNotContain("NaN", "undefined");
        assertThat(Pattern.compile("<svg ").matcher(dom).results().count()).isEqualTo(charts);
        for (String heading : headings) {
            assertThat(dom).containsPattern("<h[12]>[^<]*" + Pattern.quote(heading));
        }
    }

    private Path page(Object... command) {
        Path page = folder.resolve("page.html");
        Run.done(Run.join(List.of(command), "--work", folder.resolve("work"), "--report", page));
        return page;
    }

    @Test
    void showsTableOne() throws IOException, InterruptedException {
        Path page = page(
                "reproduce",
                "table1",
                "--data",
                Clusters.write(folder.resolve("training.npz"), 300, 1),
                "--test",
                Clusters.write(folder.resolve("test.npz"), 201, 2),
                "--hold-out",
                60,
                "--paper",
                "8.33,7.58,11.87");
        assertShows(
                opened(page), 3, "with a memory", "Does it know how sure it may be?", "If it may decline to answer");
    }

    @Test
    void showsSizesAndStreams() throws IOException, InterruptedException {
        String training = Clusters.write(folder.resolve("training.npz"), 300, 1);
        String test = Clusters.write(folder.resolve("test.npz"), 201, 2);
        Object[] data = {"--data", training, "--test", test, "--hold-out", 60};
        assertShows(
                opened(page(Run.join(List.of("sweep-size"), data))), 2, "How many keys does it take?", "In numbers");
        assertShows(opened(page(Run.join(List.of("online"), data))), 2, "Learning while it runs", "Errors so far");
    }

    @Test
    void showsTheDemo() throws IOException, InterruptedException {
        Path page = folder.resolve("demo.html");
        Run.done("demo", "--page", page);
        assertShows(
                opened(page),
                4,
                "A memory turns",
                "How much the memory should weigh",
                "Who gains",
                "Engines side by side");
    }

    @Test
    void readsEachSchemeFromTheBrowser() throws IOException {
        Path page = page(
                "sweep-size",
                "--data",
                Clusters.write(folder.resolve("training.npz"), 300, 1),
                "--test",
                Clusters.write(folder.resolve("test.npz"), 201, 2),
                "--sizes",
                "100");
        assertThat(page).content().contains("prefers-color-scheme: dark", "color-scheme: light dark");
    }
}
