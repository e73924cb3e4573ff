package io.github.afterimage.experiments.options;

import static io.github.afterimage.experiments.report.Text.bytes;
import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.hidden;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.ElementType;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every experiment besides its data. */
public final class ExperimentOptions {
    private static final String FULL = "none";

    /** As many as the paper's experiments need; an experiment learns components for every index. */
    private static final int SAMPLE = 3000;

    @Option(names = "--reduce", paramLabel = "SPEC", description = "Reduction of keys, as \"build\" takes it, or none.")
    private @Nullable String reduction;

    @Mixin
    private SampleOption sample;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type of the stored keys: f32 (by default), f16, bf16 or i8.")
    private String type = ElementType.FLOAT32.shortName();

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description =
                    "Folder for the results of finished parts, which are computed only once; experiments by default. An "
                            + "interrupted experiment continues from there.")
    private Path work = Path.of("experiments");

    @Mixin
    private PageOption page;

    @Mixin
    private EngineOption engine;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    /** Applies the settings of the process, and fails before the work if the page cannot be written. */
    public WorkFolder begin(ExperimentDataOptions data) throws IOException {
        processor.apply();
        networkDevice.apply();
        page.check(data);
        return new WorkFolder(work, () -> ProcessMemory.peakResidentBytes().orElse(NativeMemory.peakBytes()));
    }

    public int threads() {
        return processor.threads();
    }

    /** @param otherwise the reduction where none is given; null for full keys */
    public IndexRecipe recipe(@Nullable String otherwise) {
        String chosen = reduction == null ? otherwise : reduction;
        return new IndexRecipe(
                chosen == null || chosen.equals(FULL) ? null : Reduction.parse(chosen),
                sample.count(SAMPLE),
                ElementType.named(type),
                engine.engine(),
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

    /** Reports the time and memory of the experiment, and writes its page if that is wanted. */
    public void finish(Report report, WorkFolder folder) throws IOException {
        WorkFolder.ComputeTime time = folder.time();
        Text took = Text.of(
                "%s%s and at most %s of memory",
                seconds("seconds", time.seconds()),
                time.processorSeconds() > 0
                        ? Text.of(" (%s of processors)", seconds("processorSeconds", time.processorSeconds()))
                        : hidden("processorSeconds", time.processorSeconds()),
                bytes("peakBytes", folder.peakBytes()));
        Page made = page.given()
                ? report.note("With " + Format.count(threads(), "thread") + " it took " + took + ".")
                        .page()
                : null;
        report.line("")
                .line(
                        "%s in all; %s computed, %s already in %s",
                        took,
                        count("partsComputed", folder.computed(), "part"),
                        count("partsReused", folder.reused()),
                        value("work", work.toString()));
        if (made != null) {
            page.write(made, report);
        }
    }
}
