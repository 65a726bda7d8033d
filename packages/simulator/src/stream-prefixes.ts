import { ConfigurationError } from "@tributary/flow";
import { PrefixExpression } from "./prefix-expression.js";
import { PREFIX_CHARACTERS_MAX } from "./service-limits.js";
import type { DeliveryStreamOptions, SourceBackup } from "./stream-options.js";

const DATE_FOLDERS = "!{timestamp:yyyy/MM/dd/HH/}";

export interface StreamPrefixes {
  readonly data: PrefixExpression;
  readonly error: PrefixExpression;
}

/**
 * The prefixes of a stream with the service's defaults and under its rules (Data Firehose developer guide, "Custom prefixes",
 * semantic rules, and "Dynamic partitioning"). Throws ConfigurationError for a combination that the service refuses.
 */
export function streamPrefixes<Tag>(options: DeliveryStreamOptions<Tag>): StreamPrefixes {
  const { prefix, errorPrefix, dynamicPartitioning } = options;
  const data = compileWithDate(prefix ?? "");
  if (data.usesErrorOutputType) {
    throw refused(`prefix "${prefix}" uses error-output-type, which exists only in the error prefix: remove it`);
  }
  if (
    errorPrefix === undefined &&
    (dynamicPartitioning || options.backup || PrefixExpression.compile(prefix ?? "").hasExpression)
  ) {
    throw refused(
      "errorPrefix is missing: Firehose has a default for it only without expressions in the prefix, dynamic partitioning and source backup, so give one with !{firehose:error-output-type}",
    );
  }
  const error = compileErrorPrefix(
    "errorPrefix",
    errorPrefix ?? `${prefix ?? ""}!{firehose:error-output-type}/${DATE_FOLDERS}`,
  );
  checkPartitionKeys(data, options);
  return { data, error };
}

/** The prefix of the source backup. Throws ConfigurationError like {@link streamPrefixes}. */
export function backupPrefix(backup: SourceBackup): PrefixExpression {
  const prefix = compileWithDate(backup.prefix ?? "");
  if (prefix.usesErrorOutputType || prefix.partitionKeys.length > 0) {
    throw refused(
      `backup.prefix "${backup.prefix}" may hold timestamp and random-string only: the backup is neither partitioned nor an error output`,
    );
  }
  if (backup.errorPrefix !== undefined) compileErrorPrefix("backup.errorPrefix", backup.errorPrefix);
  return prefix;
}

function compileWithDate(text: string): PrefixExpression {
  if (text.length > PREFIX_CHARACTERS_MAX) {
    throw refused(`a prefix of ${text.length} characters is longer than ${PREFIX_CHARACTERS_MAX}: shorten it`);
  }
  const prefix = PrefixExpression.compile(text);
  return prefix.hasExpression ? prefix : PrefixExpression.compile(text + DATE_FOLDERS);
}

function compileErrorPrefix(name: string, text: string): PrefixExpression {
  const prefix = PrefixExpression.compile(text);
  if (!prefix.usesErrorOutputType) {
    throw refused(
      `${name} "${text}" lacks !{firehose:error-output-type}: add it, so that each kind of error has its folder`,
    );
  }
  if (prefix.partitionKeys.length > 0) {
    throw refused(`${name} "${text}" uses a partition key, which a record in error may lack: use timestamp instead`);
  }
  return prefix;
}

function checkPartitionKeys<Tag>(prefix: PrefixExpression, options: DeliveryStreamOptions<Tag>): void {
  const { dynamicPartitioning, processor } = options;
  const used = prefix.partitionKeys;
  if (!dynamicPartitioning) {
    if (used.length === 0) return;
    throw refused(
      `prefix "${prefix.text}" uses partition key "${used[0]}", but dynamic partitioning is off: turn it on`,
    );
  }
  if (!processor) {
    throw refused(
      "dynamic partitioning takes its keys from the transformation, but the stream has no processor: add one",
    );
  }
  if (used.length === 0) {
    throw refused(
      `prefix "${prefix.text}" uses no partition key, which dynamic partitioning demands: add !{partitionKeyFromLambda:name}`,
    );
  }
  for (const key of dynamicPartitioning.keys ?? []) {
    if (!used.includes(key))
      throw refused(`partition key "${key}" is not in prefix "${prefix.text}": every key must be used there`);
  }
  for (const key of used) {
    if (dynamicPartitioning.keys && !dynamicPartitioning.keys.includes(key)) {
      throw refused(
        `prefix "${prefix.text}" uses partition key "${key}", which is not declared: declare it or remove it`,
      );
    }
  }
}

function refused(message: string): ConfigurationError {
  return new ConfigurationError("prefix-rule", message);
}
