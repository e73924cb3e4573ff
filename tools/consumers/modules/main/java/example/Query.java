package example;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;

/** Remembers three keys and asks for the class of a fourth. */
public class Query {
    public static void main(String[] args) {
        float[] keys = {1, 0, 0, 1, 1, 1};
        int[] labels = {0, 1, 1};
        try (CacheIndex index = CacheIndex.builder(2, 2).build()) {
            index.add(keys, labels);
            Distributions answer = index.query(new float[] {0.2f, 1}, 20);
            System.out.println("class " + answer.best(0) + ", p = " + answer.probability(0, answer.best(0)) + ", "
                    + index.engine());
        }
    }
}
