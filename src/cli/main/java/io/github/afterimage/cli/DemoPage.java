package io.github.afterimage.cli;

import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import java.io.IOException;
import java.nio.file.Files;

/** Makes the page that {@code demo} writes. */
final class DemoPage {
    private final Demo demo;
    private final DemoFiles files;
    private final DemoErrorSection errors;
    private final DemoStreamSection stream;
    private final DemoEngineSection engines;

    /** @param threads that the engines used */
    DemoPage(Demo demo, DemoFiles files, int threads) {
        this.demo = demo;
        this.files = files;
        errors = new DemoErrorSection(demo.index(), demo.errors());
        stream = new DemoStreamSection(demo.stream());
        engines = new DemoEngineSection(demo.index(), demo.engines(), threads);
    }

    Page page() throws IOException {
        ErrorCounts counts = demo.errors().counts();
        Page page = new Page(
                demo.errors().gain().isClear()
                        ? "A cache turns " + Format.count(counts.networkErrors(), "error") + " into "
                                + Format.count(counts.mixedErrors())
                        : Format.count(counts.networkErrors(), "error") + " without a cache, "
                                + Format.count(counts.mixedErrors()) + " with it: no gain is shown",
                "A network classifies " + Format.count(counts.examples(), "test image")
                        + ". Then it may look up what it saw in training, in a memory or cache of "
                        + Format.count(demo.index().size(), "key") + " of "
                        + Format.count(demo.index().keyDim()) + " numbers, " + Format.bytes(Files.size(files.index()))
                        + ". Nothing is trained again.");
        errors.addTo(page);
        stream.addTo(page);
        engines.addTo(page);
        page.heading("Next");
        page.paragraph(
                "The server's page classifies pictures and learns new ones. The other commands are for a picture of yours, and for"
                        + " your own network and images.");
        page.code(String.join("\n", files.commands()));
        return page;
    }

    LineChart accuracy() {
        return errors.accuracy();
    }

    BarChart speed() {
        return engines.speed();
    }
}
