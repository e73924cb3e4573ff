package example;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.model.embedding.EmbeddingModel;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The texts of a file of CLINC150 by their part, such as {@code train}, and their embeddings. */
record EmbeddedTexts(Map<String, List<LabelledText>> parts, Map<String, float[]> embeddings) {
    /** A text and its intent. */
    record LabelledText(String text, String label) {}

    /**
     * Reads texts, and their embeddings from a folder, which gets those that it lacks.
     *
     * @param folder has a file of features and labels for each part, as {@code afterimage measure} reads them; {@code tested} has the
     *     texts of {@code test} and {@code oos_test}
     */
    static EmbeddedTexts of(File data, Path folder, EmbeddingModel model) throws IOException {
        Map<String, List<LabelledText>> parts = new LinkedHashMap<>();
        ((Map<?, ?>) new ObjectMapper().readValue(data, Map.class)).forEach((part, rows) -> {
            List<LabelledText> texts = new ArrayList<>();
            ((List<?>) rows).forEach(row -> texts.add(
                    new LabelledText((String) ((List<?>) row).get(0), (String) ((List<?>) row).get(1))));
            parts.put((String) part, texts);
        });
        List<LabelledText> tested = new ArrayList<>(parts.get("test"));
        tested.addAll(parts.get("oos_test"));
        parts.put("tested", tested);
        List<String> labels = parts.values().stream()
                .flatMap(List::stream)
                .map(LabelledText::label)
                .distinct()
                .sorted()
                .toList();
        EmbeddedTexts all = new EmbeddedTexts(parts, new HashMap<>());
        for (Map.Entry<String, List<LabelledText>> part : parts.entrySet()) {
            Path file = folder.resolve(part.getKey() + ".safetensors");
            if (Files.exists(file)) {
                all.read(file, part.getValue(), model.dimension());
            } else {
                Path unfinished = Files.createTempFile(folder, part.getKey(), null);
                Files.write(unfinished, all.features(part.getValue(), labels, model));
                Files.move(unfinished, file);
            }
        }
        return all;
    }

    private void read(Path file, List<LabelledText> texts, int width) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer values = bytes.position((int) (Long.BYTES + bytes.getLong())).asFloatBuffer();
        for (LabelledText each : texts) {
            float[] embedding = new float[width];
            values.get(embedding);
            embeddings.put(each.text, embedding);
        }
    }

    /** Returns a safetensors file. A label is a number among all, with "oos", the label of texts out of scope. */
    private byte[] features(List<LabelledText> texts, List<String> labels, EmbeddingModel model) {
        int rows = texts.size();
        int width = model.dimension();
        int end = rows * width * Float.BYTES;
        byte[] header = String.format(
                        "{\"features\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]},"
                                + "\"labels\":{\"dtype\":\"I32\",\"shape\":[%d],\"data_offsets\":[%d,%d]}}",
                        rows, width, end, rows, end, end + rows * Integer.BYTES)
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + header.length + end + rows * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header);
        for (LabelledText each : texts) {
            float[] embedding = embeddings.computeIfAbsent(
                    each.text, text -> model.embed(text).content().vector());
            for (float value : embedding) {
                bytes.putFloat(value);
            }
        }
        for (LabelledText each : texts) {
            bytes.putInt(labels.indexOf(each.label));
        }
        return bytes.array();
    }
}
