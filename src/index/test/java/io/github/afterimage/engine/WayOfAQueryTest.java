package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.answer.Query;
import io.github.afterimage.keys.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The types on the stack of a query when an engine reads the keys. */
class WayOfAQueryTest {
    private static final int MOST_TYPES = 15;
    private static final String PACKAGE = "io.github.afterimage.";

    /** Writes down the types that called it. */
    private static final class Witness extends KeyEngine {
        private final Set<String> callers = new TreeSet<>();

        Witness() {
            super("witness");
        }

        @Override
        public String description() {
            return name();
        }

        @Override
        protected void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
            StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                    .forEach(frame -> note(frame.getDeclaringClass()));
            ReferenceEngine.INSTANCE.classSums(keys, queries, partial, workspace);
        }

        private void note(Class<?> type) {
            Class<?> outer = type;
            while (outer.getEnclosingClass() != null) {
                outer = outer.getEnclosingClass();
            }
            if (outer.getName().startsWith(PACKAGE) && outer != WayOfAQueryTest.class) {
                callers.add(outer.getSimpleName());
            }
        }

        @Override
        protected void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {
            ReferenceEngine.INSTANCE.nearest(keys, queries, nearest, workspace);
        }

        @Override
        protected void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
            ReferenceEngine.INSTANCE.gradient(keys, queries, gradient, workspace);
        }
    }

    @Test
    void aQueryPassesFewTypesAndThePageNamesThem() throws IOException {
        Witness witness = new Witness();
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            index.withEngine(witness)
                    .answer(Query.of(new float[] {1, 1}).thetas(10).evidence(true));
        }
        assertThat(witness.callers)
                .contains("CacheReader", "IndexQueries", "Scan")
                .hasSizeLessThanOrEqualTo(MOST_TYPES);
        String page = Files.readString(Path.of("src/README.md"));
        String way = page.substring(page.indexOf("## The way of a query"), page.indexOf("## The way of an image"));
        assertThat(witness.callers.stream()
                        .filter(type -> !way.contains("`" + type + "`"))
                        .collect(Collectors.toSet()))
                .isEmpty();
    }
}
