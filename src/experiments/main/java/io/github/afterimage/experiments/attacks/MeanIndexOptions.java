package io.github.afterimage.experiments.attacks;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.Input;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.network.DifferentiableNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Indexes of the same keys, reduced with other seeds, whose mean gradient an attack follows. */
public final class MeanIndexOptions implements Input {
    @Option(
            names = "--mean-index",
            split = ",",
            paramLabel = "INDEX",
            description =
                    "Indexes of the same keys, reduced with other seeds, separated by commas: pgd also follows the mean of"
                            + " their gradients.")
    private List<Path> files = List.of();

    public boolean given() {
        return !files.isEmpty();
    }

    @Override
    public void checkIsNot(Path output) throws IOException {
        for (Path file : files) {
            OutputFile.checkIsNotOf(output, file);
        }
    }

    public OpenedIndexes open(int threads) throws IOException {
        OpenedIndexes all = new OpenedIndexes(new ArrayList<>());
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
    public record OpenedIndexes(List<CacheIndex> indexes) implements AutoCloseable {
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
