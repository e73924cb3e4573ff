package io.github.afterimage.cli.answers;

import io.github.afterimage.CacheReader;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the classes of image files, or of features that another program computed, a batch at a time.
 *
 * @param neighbors how many of the nearest keys to look up
 * @param refuses whether uncertain answers are left out
 * @param coverage of the sets of classes; 0 for none
 * @param rule of the answers; null for that of the index
 */
record Predictor(
        int neighbors,
        boolean refuses,
        double coverage,
        @Nullable AnswerRule rule) {
    /** One prediction for each file, in order; a file that fails does not keep the others from being predicted. */
    List<ImagePrediction> ofFiles(CacheModel model, List<Path> files) {
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
        Iterator<ImagePrediction> answered =
                answered(model, readFiles, inputs.flip()).iterator();
        read.forEach(place -> outcomes.set(place, answered.next()));
        return outcomes;
    }

    private List<ImagePrediction> answered(CacheModel model, List<Path> files, FloatBuffer inputs) {
        List<ImagePrediction> outcomes = new ArrayList<>();
        try {
            if (!files.isEmpty()) {
                ModelQuery query = ModelQuery.ofInputs(inputs).neighbors(neighbors);
                List<Classification> answers = model.classify(rule == null ? query : query.rule(rule));
                outcomes.addAll(predictions(answers, i -> files.get(i).toString()));
            }
        } catch (IllegalArgumentException e) {
            if (files.size() == 1) {
                return List.of(ImagePrediction.failed(files.get(0), e));
            }
            // One of them is refused, black perhaps: the others are answered without it.
            for (int i = 0; i < files.size(); i++) {
                FloatBuffer input = inputs.slice(
                        i * model.network().inputSize(), model.network().inputSize());
                outcomes.addAll(answered(model, List.of(files.get(i)), input));
            }
        }
        return outcomes;
    }

    /**
     * One prediction for each row of a batch.
     *
     * @param index takes the features as they are
     * @throws IllegalArgumentException if a row is refused; the message names it
     */
    List<ImagePrediction> ofRows(CacheReader index, Calibration chosen, Examples examples, Examples.Batch batch) {
        float[] probabilities = batch.probabilities(chosen.views());
        FloatBuffer network = probabilities == null ? null : FloatBuffer.wrap(probabilities);
        Answer answer;
        try {
            answer = index.answer(Query.of(batch.features())
                    .thetas(chosen.rule().theta())
                    .evidence(chosen.rule().needsEvidence())
                    .neighbors(neighbors));
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, examples, index, e);
        }
        List<Classification> answers = Classification.of(index, answer, chosen, network);
        return predictions(answers, i -> examples.name(batch.first() + i));
    }

    private List<ImagePrediction> predictions(List<Classification> answers, IntFunction<String> name) {
        return IntStream.range(0, answers.size())
                .mapToObj(i -> new ImagePrediction(name.apply(i), answers.get(i), "", refuses, coverage))
                .toList();
    }
}
