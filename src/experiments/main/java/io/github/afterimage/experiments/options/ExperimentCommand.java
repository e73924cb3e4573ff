package io.github.afterimage.experiments.options;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.TrainingSet;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that runs an experiment on training and test examples by a {@link Protocol}, and keeps its finished parts. */
public abstract class ExperimentCommand extends Command {
    /** As many components as the experiments of images need. */
    protected static final String REDUCTION = "pca:256";

    private static final String FULL = "none";

    /** As many as the paper's experiments need; an experiment learns components for every index. */
    private static final int SAMPLE = 3000;

    @Mixin
    private ExperimentDataOptions data;

    @Mixin
    private GridOptions grid;

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
    private EngineOptions machine;

    /**
     * The examples, the grid and the work folder of an experiment.
     *
     * @param protocol with the grid of the options
     * @param work keeps finished parts
     */
    protected record Setup(ExampleSource source, Protocol protocol, WorkFolder work) {
        public IndexRecipe recipe() {
            return protocol.recipe();
        }
    }

    @Override
    protected final void execute(Report report) throws IOException {
        check(data.areFeatures());
        machine.apply();
        PageOption page = page();
        if (page != null) {
            page.check();
        }
        WorkFolder folder =
                new WorkFolder(work, () -> ProcessMemory.peakResidentBytes().orElse(MemoryUse.peakBytes()));
        Protocol protocol = new Protocol(data.rule(), recipe(), grid.thetas(), grid.lambdas());
        ExampleSource source = data.source(machine.threads(), views(), folder, this, needsProbabilities());
        report.line(Text.value("data", data.description()));
        data.copies(source, folder, this).report(report);
        run(report, new Setup(source, protocol, folder));
        finish(report, folder, page);
    }

    private IndexRecipe recipe() {
        String chosen = reduction == null ? reduction(data.areFeatures()) : reduction;
        return new IndexRecipe(
                chosen == null || chosen.equals(FULL) ? null : Reduction.parse(chosen),
                sample.count(SAMPLE),
                ElementType.named(type),
                machine.engine(),
                machine.threads());
    }

    /**
     * Checks the options before the work.
     *
     * @throws IllegalArgumentException if they contradict each other
     */
    protected void check(boolean features) {}

    /** The option of those experiments that write a page. */
    protected @Nullable PageOption page() {
        return null;
    }

    /** The reduction where none is given; null for full keys. */
    protected @Nullable String reduction(boolean features) {
        return features ? null : REDUCTION;
    }

    /** Whether features must come with the probabilities of a network. */
    protected boolean needsProbabilities() {
        return true;
    }

    /** Views of an image that the network sees; the paper has one. */
    protected int views() {
        return 1;
    }

    /** Runs the experiment and reports its results. */
    protected abstract void run(Report report, Setup setup) throws IOException;

    /** The data in one line, for people. */
    protected final String described() {
        return data.description();
    }

    /** {@code keys gap, }; nothing for features. */
    protected static Text keys(KeyLayers layers) {
        return Text.figure("layers", layers.toString(), layers.names().isEmpty() ? "" : "keys " + layers + ", ");
    }

    /** A number of examples, which may have to be counted. */
    protected interface Count {
        long get() throws IOException;
    }

    /** Describes keys of these layers; those that are no longer than the reduction stay full. */
    protected static String describe(Setup setup, KeyLayers layers) throws IOException {
        IndexRecipe recipe = setup.recipe();
        try (OpenExamples opened = setup.source().open(layers.terms())) {
            TrainingSet training = opened.training();
            IndexRecipe fitting = recipe.with(recipe.fitting(training.all().dim()), recipe.sample());
            return describe(fitting, () -> training.select(opened.rows()).size());
        }
    }

    /**
     * For people: {@code pca:256 learned from 3,000 examples, bf16}.
     *
     * @param examples how many there are to learn from; asked for only where something is learned
     */
    protected static String describe(IndexRecipe recipe, Count examples) throws IOException {
        String type = recipe.type().shortName();
        if (recipe.learns()) {
            return recipe.reduction() + " learned from "
                    + Format.count(Math.min(recipe.sample(), examples.get()), "example") + ", " + type;
        }
        return (recipe.reduction() == null ? "full" : recipe.reduction()) + " " + type;
    }

    /** Reports the time and memory of the experiment, and writes its page if that is wanted. */
    private void finish(Report report, WorkFolder folder, @Nullable PageOption page) throws IOException {
        WorkFolder.ComputeTime time = folder.time();
        Text took = Text.of(
                "%s%s and at most %s of memory",
                Text.seconds("seconds", time.seconds()),
                time.processorSeconds() > 0
                        ? Text.of(" (%s of processors)", Text.seconds("processorSeconds", time.processorSeconds()))
                        : Text.hidden("processorSeconds", time.processorSeconds()),
                Text.bytes("peakBytes", folder.peakBytes()));
        Page made = page != null && page.given()
                ? report.note("With " + Format.count(machine.threads(), "thread") + " it took " + took + ".")
                        .page()
                : null;
        report.line("")
                .line(
                        "%s in all; %s computed, %s already in %s",
                        took,
                        Text.count("partsComputed", folder.computed(), "part"),
                        Text.count("partsReused", folder.reused()),
                        Text.value("work", work.toString()));
        if (page != null && made != null) {
            page.write(made, report);
        }
    }
}
