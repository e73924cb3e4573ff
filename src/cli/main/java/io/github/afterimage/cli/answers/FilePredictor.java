package io.github.afterimage.cli.answers;

import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.ModelQuery;
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
import java.util.stream.IntStream;

/**
 * Predicts the classes of image files, a batch at a time; a file that fails does not keep the others from being predicted.
 *
 * @param neighbors how many of the nearest keys to look up
 * @param refuses whether images that are like nothing remembered get no answer
 * @param coverage of the sets of classes; 0 for none
 * @param tolerance greatest half width of estimates; 0 for exact answers
 */
record FilePredictor(CacheModel model, int neighbors, boolean refuses, double coverage, double tolerance) {

    /** One prediction for each file, in order. */
    List<ImagePrediction> predict(List<Path> files) {
        Network network = model.network();
        FloatBuffer inputs = FloatBuffer.allocate(Math.multiplyExact(files.size(), network.inputSize()));
        List<ImagePrediction> outcomes = new ArrayList<>(Collections.nCopies(files.size(), null));
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
                outcomes.set(place, ImagePrediction.failed(file, e));
            }
        }
        List<Path> readFiles = read.stream().map(files::get).toList();
        Iterator<ImagePrediction> answered = answered(readFiles, inputs.flip()).iterator();
        read.forEach(place -> outcomes.set(place, answered.next()));
        return outcomes;
    }

    private List<ImagePrediction> answered(List<Path> files, FloatBuffer inputs) {
        List<ImagePrediction> outcomes = new ArrayList<>();
        try {
            if (!files.isEmpty()) {
                outcomes.addAll(predictions(files, inputs));
            }
        } catch (IllegalArgumentException e) {
            if (files.size() == 1) {
                return List.of(ImagePrediction.failed(files.get(0), e));
            }
            // One of them is refused, black perhaps: the others are answered without it.
            for (int i = 0; i < files.size(); i++) {
                FloatBuffer input = inputs.slice(
                        i * model.network().inputSize(), model.network().inputSize());
                outcomes.addAll(answered(List.of(files.get(i)), input));
            }
        }
        return outcomes;
    }

    private List<ImagePrediction> predictions(List<Path> files, FloatBuffer inputs) {
        List<Classification> answers =
                model.classify(ModelQuery.ofInputs(inputs).neighbors(neighbors).tolerance(tolerance));
        return IntStream.range(0, files.size())
                .mapToObj(i -> new ImagePrediction(files.get(i).toString(), answers.get(i), "", refuses, coverage))
                .toList();
    }
}
