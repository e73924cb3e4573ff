package example;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;

/** Remembers three keys and asks for the class of a fourth. */
public class Query {
    public static void main(String[] args) {
        float[] keys = {1, 0, 0, 1, 1, 1};
        int[] labels = {0, 1, 1};
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(keys, labels);
            Answer.Row row = index.query(new float[] {0.2f, 1}, 20).row(0);
            System.out.println("class " + row.best() + ", p = " + row.probability(row.best()) + ", " + index.engine());
        }
    }
}
