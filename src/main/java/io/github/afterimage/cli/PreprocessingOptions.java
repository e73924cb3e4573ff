package io.github.afterimage.cli;

import io.github.afterimage.network.NetworkSettings;
import io.github.afterimage.network.Preprocessing;
import picocli.CommandLine.Option;

/** How images enter a network and where its scores leave it. */
final class PreprocessingOptions {
    @Option(
            names = "--preprocess",
            order = 20,
            paramLabel = "STEPS",
            description = {
                "What is done to images, whose values are in 0..1, such as",
                "  resize=256,crop=227,order=bgr,scale=255,mean=104:117:123,std=1",
                "Nothing by default."
            })
    private String steps;

    @Option(
            names = "--output",
            order = 21,
            paramLabel = "NAME",
            description = "The network's output with the class scores, where it has several.")
    private String output;

    boolean given() {
        return steps != null || output != null;
    }

    NetworkSettings settings(int threads) {
        NetworkSettings settings = NetworkSettings.defaults()
                .withPreprocessing(Preprocessing.parse(steps == null ? "" : steps))
                .withThreads(threads);
        return output == null ? settings : settings.withOutput(output);
    }
}
