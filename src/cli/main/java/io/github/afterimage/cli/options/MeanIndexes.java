package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Target;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.network.DifferentiableNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Indexes of the same keys, reduced with other seeds, whose mean gradient an attack follows. */
public final class MeanIndexes {
    @Option(
            names = "--mean-index",
            order = 16,
            split = ",",
            paramLabel = "INDEX",
            description = "pgd also follows the mean gradient over these indexes, reduced with other seeds.")
    private List<Path> files = List.of();

    public boolean given() {
        return !files.isEmpty();
    }

    /** Fails if {@code output} is one of them. */
    public void checkIsNot(Path output) throws IOException {
        for (Path file : files) {
            OutputFile.checkIsNotOf(output, file);
        }
    }

    public Opened open(int threads) throws IOException {
        Opened all = new Opened(new ArrayList<>());
        try {
            for (Path file : files) {
                all.indexes.add(CacheIndex.open(file, new OpenOptions().threads(threads)));
            }
            return all;
        } catch (IOException | RuntimeException e) {
            all.close();
            throw e;
        }
    }

    /** The indexes, open. */
    public record Opened(List<CacheIndex> indexes) implements AutoCloseable {
        /** The expectation of a model over these indexes, as attacks see it. */
        public Target target(DifferentiableNetwork network, Hyperparameters chosen, Robustness robustness) {
            return robustness.target(new DifferentiableModel(network, indexes, chosen));
        }

        @Override
        public void close() {
            indexes.forEach(CacheIndex::close);
        }
    }
}
