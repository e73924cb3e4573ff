package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Query;
import org.openjdk.jmh.annotations.Param;

/** Measures the time of an answer of the memory alone over the number of classes, of which nearly all have no key. */
public class ClassesBenchmark extends InterleavedBenchmark {
    private static final int DIM = 64;
    private static final int KEYS = 60;

    @Param({"10000", "100000", "1000000"})
    public int classes;

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(DIM, KEYS);
        CacheIndex index = kept(
                new CacheIndexBuilder(DIM, classes).threads(Machine.THREADS).build());
        synthetic.forEach(KEYS, (rows, labels) -> index.add(KeyBatch.of(rows, labels)));
        AnswerRule rule = index.calibration(Calibration.ALONE).rule();
        Query query = Query.of(synthetic.queries(1)).thetas(rule.theta()).evidence(true);
        contender("row", () -> rule.alone(index.answer(query).row(0)));
        milliseconds("row");
    }
}
