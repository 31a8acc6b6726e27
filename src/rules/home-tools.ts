/** Tools that put what they install into the home of whoever runs them, where another user does not look for it. */

export interface HomeTool {
  readonly name: string;
  /** The command in one line, its program without its folder. */
  readonly command: RegExp;
  /** In that line: a place of its author's choice. */
  readonly elsewhere?: RegExp;
  /** Below the home. */
  readonly folder: string;
  /** Variables and files of settings that choose the place, wherever they are named. */
  readonly chosenBy: RegExp;
  /** Images that choose it. */
  readonly images?: RegExp;
  readonly advice: string;
}

/** Programs that start another one: `npx`, `poetry run`, `python -m`. */
const runner =
  "^(?:(?:npx|bunx|pnpm(?: exec| dlx)?|yarn(?: exec| dlx)?|(?:poetry|pipenv|pdm|uv) run|bundle exec|conda run(?: -n \\S+)?|python[\\d.]* -m)(?: -\\S+)* )*";
const started = (rest: string): RegExp => new RegExp(runner + rest);

export const homeTools: readonly HomeTool[] = [
  {
    name: "helm plugin install",
    command: /^helm plugin (?:install|add) /,
    folder: ".local/share/helm/plugins",
    chosenBy: /HELM_PLUGINS|HELM_DATA_HOME|XDG_DATA_HOME/,
    // What is cloned stays in the cache, and the plugin is a link to it.
    advice: "ENV HELM_PLUGINS=/opt/helm/plugins above it, and HELM_CACHE_HOME=/opt/helm/cache in front of helm",
  },
  {
    name: "krew install",
    command: /^(?:kubectl )?\S*krew\S*(?: -\S+)* install /,
    folder: ".krew",
    chosenBy: /KREW_ROOT/,
    advice: "ENV KREW_ROOT=/opt/krew PATH=/opt/krew/bin:$PATH above it",
  },
  {
    name: "playwright install",
    command: started("(?:@playwright/)?playwright(?:-core)?(?:@\\S+)? install(?: |$)"),
    folder: ".cache/ms-playwright",
    chosenBy: /PLAYWRIGHT_BROWSERS_PATH/,
    images: /playwright/,
    advice: "ENV PLAYWRIGHT_BROWSERS_PATH=/opt/ms-playwright above it",
  },
  {
    name: "cypress install",
    command: started("cypress(?:@\\S+)? install(?: |$)"),
    folder: ".cache/Cypress",
    chosenBy: /CYPRESS_CACHE_FOLDER/,
    images: /cypress/,
    advice: "ENV CYPRESS_CACHE_FOLDER=/opt/cypress above it",
  },
  {
    name: "puppeteer browsers install",
    command: started("puppeteer(?:@\\S+)? browsers install "),
    elsewhere: /--path/,
    folder: ".cache/puppeteer",
    chosenBy: /PUPPETEER_CACHE_DIR|puppeteerrc/,
    images: /puppeteer/,
    advice: "ENV PUPPETEER_CACHE_DIR=/opt/puppeteer above it",
  },
  {
    name: "pipx install",
    command: /^(?:python[\d.]* -m )?pipx install /,
    elsewhere: /--global/,
    folder: ".local",
    chosenBy: /PIPX_HOME/,
    advice: "ENV PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin above it",
  },
  {
    name: "uv tool install",
    command: /^uv tool install /,
    folder: ".local",
    chosenBy: /UV_TOOL_DIR/,
    advice: "ENV UV_TOOL_DIR=/opt/uv/tools UV_TOOL_BIN_DIR=/usr/local/bin above it",
  },
  {
    name: "uv python install",
    command: /^uv python install(?: |$)/,
    folder: ".local/share/uv",
    chosenBy: /UV_PYTHON_INSTALL_DIR/,
    advice: "ENV UV_PYTHON_INSTALL_DIR=/opt/uv/python above it",
  },
  {
    name: "nltk.downloader",
    command: started("(?:nltk\\.downloader |(?:python[\\d.]* )?-c .*nltk\\.download\\()"),
    elsewhere: / -d |download_dir/,
    folder: "nltk_data",
    chosenBy: /NLTK_DATA|nltk_data/,
    advice: "python -m nltk.downloader -d /usr/local/share/nltk_data",
  },
  {
    name: "the download from Hugging Face",
    command: started(
      "(?:(?:hf|huggingface-cli) download |(?:python[\\d.]* )?-c .*(?:from_pretrained|SentenceTransformer|snapshot_download|hf_hub_download)\\()",
    ),
    elsewhere: /local[-_]dir|cache[-_]dir|cache_folder|from_pretrained\(["'][./]/,
    folder: ".cache/huggingface",
    chosenBy: /HF_HOME|HF_HUB_CACHE|HUGGINGFACE_HUB_CACHE|TRANSFORMERS_CACHE|SENTENCE_TRANSFORMERS_HOME|XDG_CACHE_HOME/,
    advice: "ENV HF_HOME=/opt/huggingface above it, and image-fix with --writable /opt/huggingface",
  },
  {
    name: "ansible-galaxy install",
    command: /^ansible-galaxy (?:(?:collection|role) )?install /,
    elsewhere: / -p |--(?:collections|roles)-path/,
    folder: ".ansible",
    chosenBy: /ANSIBLE_(?:COLLECTIONS_PATHS?|ROLES_PATH|HOME)|ansible\.cfg/,
    advice: "ansible-galaxy collection install -p /usr/share/ansible/collections, where every user looks",
  },
  {
    name: "composer global require",
    command: /^composer global require /,
    folder: ".composer",
    chosenBy: /COMPOSER_HOME/,
    images: /composer/,
    advice: "ENV COMPOSER_HOME=/opt/composer PATH=/opt/composer/vendor/bin:$PATH above it",
  },
  {
    name: "dotnet tool install --global",
    command: /^dotnet tool install .*(?:-g|--global)(?: |$)/,
    folder: ".dotnet/tools",
    chosenBy: /DOTNET_CLI_HOME/,
    advice: "dotnet tool install --tool-path /opt/dotnet-tools, and ENV PATH=/opt/dotnet-tools:$PATH",
  },
  {
    name: "az extension add",
    command: /^az extension add /,
    elsewhere: /--system/,
    folder: ".azure/cliextensions",
    chosenBy: /AZURE_EXTENSION_DIR/,
    advice: "az extension add --system",
  },
  {
    name: "gh extension install",
    command: /^gh extension install /,
    folder: ".local/share/gh",
    chosenBy: /XDG_DATA_HOME/,
    advice: "XDG_DATA_HOME=/opt/gh in front of gh, and the same in ENV",
  },
  {
    name: "tflint --init",
    command: /^tflint .*--init(?: |$)/,
    folder: ".tflint.d",
    chosenBy: /TFLINT_PLUGIN_DIR/,
    advice: "ENV TFLINT_PLUGIN_DIR=/opt/tflint above it",
  },
  {
    name: "mix local.hex",
    command: /^mix local\.(?:hex|rebar)/,
    folder: ".mix",
    chosenBy: /MIX_HOME/,
    advice: "ENV MIX_HOME=/opt/mix above it",
  },
];
