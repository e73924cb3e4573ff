package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Neighbors;
import io.github.afterimage.PartialDistributions;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the classes of image files, a batch at a time; a file that fails does not keep the others from being predicted.
 *
 * @param neighbors how many of the nearest keys to look up
 */
record FilePredictor(CacheIndex index, Network network, Hyperparameters hyperparameters, int neighbors) {

    /** A prediction, or why there is none. */
    record Outcome(
            Path file,
            @Nullable ImagePrediction prediction,
            @Nullable Exception failure) {}

    /** One outcome for each file, in order. */
    List<Outcome> predict(List<Path> files) {
        FloatBuffer inputs = FloatBuffer.allocate(Math.multiplyExact(files.size(), network.inputSize()));
        List<Outcome> outcomes = new ArrayList<>(Collections.nCopies(files.size(), null));
        List<Integer> read = new ArrayList<>();
        for (int place = 0; place < files.size(); place++) {
            Path file = files.get(place);
            try {
                network.input(Image.read(file), inputs);
                read.add(place);
            } catch (IOException | IllegalArgumentException e) {
                if (Failure.interrupted(e)) {
                    throw new CancellationException("interrupted while images were read");
                }
                inputs.position(read.size() * network.inputSize());
                outcomes.set(place, new Outcome(file, null, e));
            }
        }
        List<Path> readFiles = read.stream().map(files::get).toList();
        Iterator<Outcome> answered = answered(readFiles, inputs.flip()).iterator();
        read.forEach(place -> outcomes.set(place, answered.next()));
        return outcomes;
    }

    private List<Outcome> answered(List<Path> files, FloatBuffer inputs) {
        List<Outcome> outcomes = new ArrayList<>();
        try {
            if (!files.isEmpty()) {
                predictions(files, inputs)
                        .forEach(prediction -> outcomes.add(new Outcome(prediction.image(), prediction, null)));
            }
        } catch (IllegalArgumentException e) {
            if (files.size() == 1) {
                return List.of(new Outcome(files.get(0), null, e));
            }
            // One of them is refused, black perhaps: the others are answered without it.
            for (int i = 0; i < files.size(); i++) {
                FloatBuffer input = inputs.slice(i * network.inputSize(), network.inputSize());
                outcomes.addAll(answered(List.of(files.get(i)), input));
            }
        }
        return outcomes;
    }

    private List<ImagePrediction> predictions(List<Path> files, FloatBuffer inputs) {
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(files.size(), network.dim()));
        FloatBuffer probabilities = KeySource.isCacheOnly(index)
                ? null
                : FloatBuffer.allocate(Math.multiplyExact(files.size(), network.classes()));
        network.run(files.size(), inputs, features, probabilities);
        features.flip();
        PartialDistributions sums = index.partial(features, new double[] {hyperparameters.theta()});
        Distributions cache = sums.distributions().get(0);
        Neighbors nearest = neighbors == 0 ? null : index.nearest(features, neighbors);
        double[] shares = nearest == null ? new double[0] : sums.shares(0, nearest);
        List<ImagePrediction> predictions = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            float[] alone = null;
            if (probabilities != null) {
                alone = new float[network.classes()];
                probabilities.get(i * network.classes(), alone);
            }
            predictions.add(new ImagePrediction(
                    files.get(i),
                    index.classNames(),
                    hyperparameters,
                    alone,
                    cache.row(i),
                    nearest == null ? List.of() : ImagePrediction.Neighbor.of(nearest, shares, i)));
        }
        return predictions;
    }
}
