package example;

import dev.langchain4j.classification.ClassificationResult;
import dev.langchain4j.classification.ScoredLabel;
import dev.langchain4j.classification.TextClassifier;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Classifies texts by a memory of labelled ones. The labels of an answer have the right one among them with the probability
 * {@code coverage}, for texts like the tuning ones; a text that is unlike all of these has no label. Thread-safe.
 */
public final class MemoryClassifier implements TextClassifier<String>, AutoCloseable {
    private final EmbeddingModel model;
    private final double coverage;
    private final CacheIndex index;
    private final Hyperparameters tuned;

    /**
     * @param tuning other texts with the same labels
     * @param refused the share of texts like the tuning ones that may have no label
     */
    public MemoryClassifier(
            EmbeddingModel model, Map<String, String> texts, Map<String, String> tuning, double coverage, double refused) {
        this.model = model;
        this.coverage = coverage;
        List<String> labels = texts.values().stream().distinct().sorted().toList();
        Tuner tuner = new Tuner(Tuner.grid(5, 60, 12), new double[] {0, 5, 10, 20, 40}, new double[] {1});
        int spare = 10; // labels that may be learned later
        CacheIndexBuilder builder =
                new CacheIndexBuilder(model.dimension(), labels.size()).classNames(labels).spareClasses(spare);
        try (CacheIndex untuned = builder.build()) {
            texts.forEach((text, label) -> untuned.add(embed(text), new int[] {labels.indexOf(label)}));
            tuning.forEach((text, label) -> {
                Query query = Query.of(embed(text)).thetas(tuner.thetas()).classFactor(tuner.betas());
                tuner.accept(
                        untuned.answer(query.distances(true).neighbors(1)), null, new int[] {labels.indexOf(label)});
            });
        }
        tuned = tuner.best().hyperparameters();
        index = builder.attributes(tuner.attributes(refused)).build();
        texts.forEach(this::learn);
    }

    /** Learns a text, and its label if that is new: both count from the next answer on. */
    public void learn(String text, String label) {
        int known = index.classNames().indexOf(label);
        for (int spare = 0; known < 0; spare++) {
            if (index.isSpare(spare)) { // throws if there is no more
                index.nameClass(known = spare, label);
            }
        }
        index.add(embed(text), new int[] {known});
    }

    @Override
    public ClassificationResult<String> classifyWithScores(String text) {
        Answer.Row answer = answer(text);
        List<Integer> set = answer.isFamiliar() ? set(answer, coverage) : List.of();
        return new ClassificationResult<>(set.stream()
                .map(label -> new ScoredLabel<>(index.classNames().get(label), answer.probability(label)))
                .collect(Collectors.toList()));
    }

    Answer.Row answer(String text) {
        Query query = Query.of(embed(text)).thetas(tuned.theta()).classFactor(tuned.beta());
        return index.answer(query.novelty(null)).row(0);
    }

    List<Integer> set(Answer.Row answer, double probability) {
        return Tuner.predictionSets(index, tuned, probability).labels(answer::probability, probability);
    }

    private float[] embed(String text) {
        return model.embed(text).content().vector();
    }

    @Override
    public void close() {
        index.close();
    }
}
