package io.github.afterimage.experiments.options;

import static io.github.afterimage.experiments.report.Text.figure;

import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that runs an experiment on training and test examples by a {@link Protocol}, and keeps its finished parts. */
public abstract class ExperimentCommand extends Command {
    /** As many components as the experiments of images need. */
    protected static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentDataOptions data;

    @Mixin
    private GridOptions grid;

    @Mixin
    private ExperimentOptions options;

    protected ExperimentCommand(GridOptions grid) {
        this.grid = grid;
    }

    /**
     * The examples, the grid and the work folder of an experiment.
     *
     * @param protocol with the grid of the options
     * @param widensGrid whether the grid of θ may be widened, because it was not given
     * @param work keeps finished parts
     */
    protected record Setup(ExampleSource source, Protocol protocol, boolean widensGrid, WorkFolder work) {
        public IndexRecipe recipe() {
            return protocol.recipe();
        }
    }

    @Override
    protected final void execute(Report report) throws IOException {
        check(data.areFeatures());
        WorkFolder work = options.begin(data);
        Protocol protocol =
                new Protocol(data.rule(), options.recipe(reduction(data.areFeatures())), grid.thetas(), grid.lambdas());
        ExampleSource source = data.source(options.threads(), work, this, needsProbabilities());
        report.line(Text.value("data", data.description()));
        run(report, new Setup(source, protocol, !grid.thetasGiven(), work));
        options.finish(report, work);
    }

    /**
     * Checks the options before the work.
     *
     * @throws IllegalArgumentException if they contradict each other
     */
    protected void check(boolean features) {}

    /** The reduction where none is given; null for full keys. */
    protected @Nullable String reduction(boolean features) {
        return features ? null : REDUCTION;
    }

    /** Whether features must come with the probabilities of a network. */
    protected boolean needsProbabilities() {
        return true;
    }

    /** Runs the experiment and reports its results. */
    protected abstract void run(Report report, Setup setup) throws IOException;

    /** The data in one line, for people. */
    protected final String described() {
        return data.description();
    }

    /** {@code keys gap, }; nothing for features. */
    protected static Text keys(KeyLayers layers) {
        return figure("layers", layers.toString(), layers.names().isEmpty() ? "" : "keys " + layers + ", ");
    }
}
