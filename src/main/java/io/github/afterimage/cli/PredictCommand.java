package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheModel;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.data.Image;
import io.github.afterimage.network.Network;
import io.github.afterimage.network.NetworkSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "predict",
        header = "Classify image files and show the keys that decided.",
        footer = {"  afterimage predict --index cifar10.safetensors --model resnet20.onnx cat.png dog.jpg"})
final class PredictCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(
            names = "--neighbors",
            order = 50,
            paramLabel = "K",
            description = "How many of the nearest keys to show; 5 by default.")
    private int neighbors = 5;

    @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "PNG, JPEG, BMP or GIF files.")
    private List<Path> files;

    @Override
    void execute(Report report) throws IOException {
        if (neighbors < 0) {
            throw new IllegalArgumentException("--neighbors " + neighbors + ": expected 0 or more");
        }
        Path network = model.require("images need a network");
        try (IndexOptions.Opened opened = index.open()) {
            Hyperparameters chosen = hyperparameters.resolve(opened.index());
            NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
            try (Network source = CacheModel.network(network, opened.index(), settings)) {
                List<Map<String, Object>> predictions = new ArrayList<>();
                for (Path file : files) {
                    Look look = look(opened.index(), source, chosen, file);
                    predictions.add(look.fields());
                    look.lines().forEach(report::line);
                }
                index.report(report, opened.index());
                report.field("theta", chosen.theta())
                        .field("lambda", chosen.lambda())
                        .field("predictions", predictions);
            }
        }
    }

    private Look look(CacheIndex keys, Network network, Hyperparameters chosen, Path file) throws IOException {
        FloatBuffer input = FloatBuffer.allocate(network.inputSize());
        FloatBuffer features = FloatBuffer.allocate(network.dim());
        float[] probabilities = new float[network.classes()];
        Image image = Image.read(file);
        try {
            network.input(image, input);
            network.run(1, input.flip(), features, FloatBuffer.wrap(probabilities));
            features.flip();
            return new Look(
                    file.toString(),
                    keys.classNames(),
                    chosen,
                    probabilities,
                    keys.query(features, chosen.theta()).row(0),
                    neighbors == 0 ? null : keys.nearest(features, neighbors));
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(file.toString(), e);
        }
    }
}
