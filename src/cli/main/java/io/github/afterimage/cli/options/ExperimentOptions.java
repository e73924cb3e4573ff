package io.github.afterimage.cli.options;

import io.github.afterimage.ElementType;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.ProcessMemory;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.experiments.paper.IndexRecipe;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.Memory;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every experiment takes besides its data. */
public final class ExperimentOptions {
    private static final String FULL = "none";

    @Option(
            names = "--reduce",
            order = 25,
            paramLabel = "SPEC",
            description = "How keys are made shorter, as \"build\" takes it, or none.")
    private String reduction;

    @Option(
            names = "--sample",
            order = 26,
            paramLabel = "N",
            description = "How many examples pca learns from, at the most; 3,000 by default.")
    private int sample = 3000;

    @Option(
            names = "--dtype",
            order = 27,
            paramLabel = "TYPE",
            description = "How keys are stored: f32 (by default), f16, bf16 or i8.")
    private String type = ElementType.FLOAT32.shortName();

    @Option(
            names = "--work",
            order = 60,
            paramLabel = "DIR",
            description =
                    "Where the results of finished parts are kept, so that they are computed once; experiments by default. "
                            + "An experiment that was interrupted goes on from there.")
    private Path work = Path.of("experiments");

    @Option(names = "--page", order = 61, paramLabel = "FILE.html", description = "Also write a page with charts.")
    private Path page;

    @Option(
            names = "--engine",
            order = 70,
            paramLabel = "NAME",
            description = "auto (the fastest, by default), cuda, fused, blas or reference.")
    private String engine = Engines.AUTO;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    /** Applies what is for the process, and fails early on what cannot be. */
    public WorkFolder begin(ExperimentData data) throws IOException {
        processor.apply();
        networkDevice.apply();
        if (page != null) {
            OutputFile.checkWritable(page);
            data.checkIsNot(page);
        }
        return new WorkFolder(work, () -> ProcessMemory.peakResidentBytes().orElse(Memory.peakBytes()));
    }

    public int threads() {
        return processor.threads();
    }

    /** @param otherwise the reduction where none is given; null for full keys */
    public IndexRecipe recipe(String otherwise) {
        String chosen = reduction == null ? otherwise : reduction;
        if (sample < 1) {
            throw new IllegalArgumentException("--sample " + sample + ": expected a positive number");
        }
        Engine named = Engines.named(engine);
        return new IndexRecipe(
                chosen == null || chosen.equals(FULL) ? null : Reduction.parse(chosen),
                sample,
                ElementType.named(type),
                named,
                processor.threads());
    }

    /** A number of examples, which may have to be counted. */
    public interface Count {
        long get() throws IOException;
    }

    /**
     * For people: {@code pca:256 learned from 3,000 examples, bf16}.
     *
     * @param examples how many there are to learn from; asked for only where something is learned
     */
    public static String describe(IndexRecipe recipe, Count examples) throws IOException {
        String type = recipe.type().shortName();
        if (recipe.learns()) {
            return recipe.reduction() + " learned from "
                    + Format.count(Math.min(recipe.sample(), examples.get()), "example") + ", " + type;
        }
        return (recipe.reduction() == null ? "full" : recipe.reduction()) + " " + type;
    }

    /** Reports what the experiment took, and writes its page if asked for. */
    public void finish(Report report, WorkFolder folder, Page written) throws IOException {
        String parts = Format.count(folder.computed(), "part") + " computed, " + Format.count(folder.reused())
                + " there already";
        String took = time(folder.time()) + " and at the most " + Format.bytes(folder.peakBytes()) + " of memory";
        report.field("seconds", folder.time().seconds())
                .field("processorSeconds", folder.time().processorSeconds())
                .field("peakBytes", folder.peakBytes())
                .field("partsComputed", folder.computed())
                .field("partsReused", folder.reused())
                .field("work", work.toString());
        report.line("").line(took + " in all; " + parts + " in " + work);
        if (page == null) {
            return;
        }
        written.note("With " + Format.count(threads(), "thread") + " it took " + took + ".");
        try (OutputFile output = OutputFile.create(page)) {
            output.writer().write(written.html());
            output.complete();
        }
        report.field("page", page.toString()).line("page in " + page);
    }

    private static String time(WorkFolder.ComputeTime time) {
        return Format.seconds(time.seconds())
                + (time.processorSeconds() > 0
                        ? " (" + Format.seconds(time.processorSeconds()) + " of processors)"
                        : "");
    }
}
