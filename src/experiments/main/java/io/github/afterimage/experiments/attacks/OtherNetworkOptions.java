package io.github.afterimage.experiments.attacks;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.Input;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Another network that is shown changed images, and its cache. */
public final class OtherNetworkOptions implements Input {
    @Option(
            names = "--other",
            paramLabel = "MODEL",
            description = "Another network, which also classifies the changed images.")
    private @Nullable Path file;

    @Option(
            names = "--other-preprocess",
            paramLabel = "STEPS",
            description =
                    "Preprocessing of the other network, as for build; leave it out with --other-index, which has it.")
    private @Nullable String preprocessing;

    @Option(
            names = "--other-index",
            paramLabel = "INDEX",
            description =
                    "Index of the other network, with the theta and lambda that tune --save wrote, or else those of this"
                            + " command.")
    private @Nullable Path index;

    @Override
    public void checkIsNot(Path output) throws IOException {
        if (file != null) {
            OutputFile.checkIsNot(output, file);
        }
        if (index != null) {
            OutputFile.checkIsNotOf(output, index);
        }
    }

    /**
     * Opens the network and its cache; returns null if no network is given.
     *
     * @param chosen the mixture if the index has no θ and λ
     * @param ofCache the cache alone in that case
     */
    public @Nullable TransferModel open(int threads, Hyperparameters chosen, Hyperparameters ofCache)
            throws IOException {
        NetworkSettings settings = NetworkSettings.defaults().withThreads(threads);
        if (file == null) {
            if (index != null) {
                throw new IllegalArgumentException("--other-index " + index + ": add --other MODEL.onnx");
            }
            return null;
        }
        if (index == null) {
            Preprocessing steps = Preprocessing.parse(preprocessing == null ? "" : preprocessing);
            Network network = Network.open(file, List.of(), settings.withPreprocessing(steps));
            return TransferModel.of(network);
        }
        if (preprocessing != null) {
            throw new IllegalArgumentException(
                    "--other-preprocess: the index " + index + " has the preprocessing already: leave it out");
        }
        CacheIndex opened = CacheIndex.open(index, new OpenOptions().threads(threads));
        try {
            if (KeySource.isCacheOnly(opened)) {
                throw new IllegalArgumentException(
                        "--other-index " + index + " is of other classes than its network: expected the same classes");
            }
            Network network = KeySource.network(file, opened, settings);
            return TransferModel.of(network, opened, chosen, ofCache);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }
}
